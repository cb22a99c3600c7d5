import { expect, test } from '@jest/globals';
import { billFor, totalsBy } from '../../bin/cost/bill.ts';
import type { AppConfig } from '../../lib/app-config.ts';
import { stages, withQuickSight } from '../../lib/config.ts';
import { stackIds, templatesOf } from './synthesized.ts';

const load = { recordsPerSecond: 1_000, predictionsPerSecond: 1 };

const templatesFor = (config: AppConfig, ids: readonly string[] = stackIds) =>
  new Map(
    Object.entries(templatesOf(config, ids)).map(([id, template]) => [
      `isobar-${config.stage}-${id.toLowerCase()}`,
      template,
    ]),
  );

const everything = withQuickSight(
  { ...stages.prod, managedPrometheus: { grafana: true } },
  'arn:aws:quicksight:us-east-1:123456789012:user/default/someone',
);

test.each([
  ['local', templatesFor(stages.local)],
  ['dev', templatesFor(stages.dev)],
  ['prod with all that can be configured', templatesFor(everything, [...stackIds, 'ManagedPrometheus'])],
])('every resource of stage %s has a price or is listed as free', (_, templates) => {
  const bill = billFor(templates, load);
  expect(bill.total.loadedUsd).toBeGreaterThan(bill.total.idleUsd);
  expect(bill.total.idleUsd).toBeGreaterThan(0);
});

test('each step of the pipeline has its share of the bill', () => {
  const steps = [...totalsBy(billFor(templatesFor(stages.prod), load), 'step').keys()];
  expect(steps.toSorted()).toEqual([
    'brokers',
    'daily summary',
    'database',
    'errors, Slack',
    'fraud',
    'ingest',
    'land',
    'network',
    'observability',
    'watch',
  ]);
});
