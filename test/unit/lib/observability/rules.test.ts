import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { stages } from '../../../../lib/config.ts';
import { type AlertingRule, rulesFor } from '../../../../lib/observability/rules.ts';
import { rulesYaml } from '../../../../lib/observability/rules-yaml.ts';
import { nodesOf } from '../../../fixtures/promql-parser.ts';

const committed = join(import.meta.dirname, '../../../../localstack/prometheus/isobar.rules.yml');
const tests = join(import.meta.dirname, '../../../contract/lib/observability');

const alertsOf = (config: Parameters<typeof rulesFor>[0]) =>
  rulesFor(config)
    .flatMap(({ rules }) => rules)
    .filter((rule): rule is AlertingRule => 'alert' in rule);

interface RuleTest {
  readonly alert_rule_test?: readonly { readonly alertname: string }[];
}

test('the committed rules are production’s: npm run dashboards', () => {
  expect(readFileSync(committed, 'utf8')).toBe(rulesYaml(stages.prod));
});

test('every alert has a test', () => {
  const tested = globSync('*.test.yml', { cwd: tests })
    .flatMap((file): RuleTest[] => parse(readFileSync(join(tests, file), 'utf8')).tests)
    .flatMap(({ alert_rule_test: each = [] }) => each.map(({ alertname }) => alertname));
  expect([...new Set(tested)].sort()).toEqual(
    alertsOf(stages.prod)
      .map(({ alert }) => alert)
      .sort(),
  );
});

test('times come from the config: locally each alert fires after a fifth of production’s time, or sooner', () => {
  const local = new Map(alertsOf(stages.local).map((rule) => [rule.alert, Number.parseInt(rule.for, 10)]));
  const sooner = alertsOf(stages.prod).flatMap(({ alert, for: time }) => {
    const fifth = Number.parseInt(time, 10) / 5;
    return local.get(alert) === fifth ? [] : [[alert, local.get(alert)]];
  });
  const { model } = stages.local.alerting.forSeconds;
  const alerts = [
    'FraudDrift',
    'FraudFeatureDrift',
    'FraudScoreDrift',
    'FraudFeatureMissing',
    'FraudCategoryUnseen',
    'FraudSegmentDrift',
    'FraudPrecisionFell',
    'FraudRecallFell',
  ];
  expect(sooner).toEqual(alerts.map((alert) => [alert, model]));
});

test('every rule keeps the stage apart, and every alert says what happened and where to look', () => {
  for (const rule of rulesFor(stages.prod).flatMap(({ rules }) => rules)) {
    const aggregations = nodesOf(rule.expr, 'GroupingLabels');
    for (const labels of aggregations)
      expect([rule.expr, labels.includes('stage')]).toEqual([rule.expr, true]);
  }
  for (const { annotations, labels } of alertsOf(stages.prod)) {
    expect(annotations.summary).toMatch(/\{\{ \$.+\.$/);
    expect(['page', 'ticket']).toContain(labels.severity);
  }
});
