import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { readNotices, sendNotices } from '../../../../lambdas/errors/notify-slack/notices.ts';
import {
  encodeMetricSamples,
  type MetricSample,
  maxSamples,
  metricSamplesFromWire,
} from '../../../../lambdas/fraud/shared/metric-sample.ts';
import { chunksOf } from '../../../../lambdas/shared/aws/chunks.ts';
import { stages } from '../../../../lib/config.ts';
import { rulesYaml } from '../../../../lib/observability/rules-yaml.ts';
import { type Alert, type Known, noticeOf } from '../../../../localstack/alert-relay/changes.ts';
import { alertRelay } from '../../../../localstack/alert-relay/relay.ts';
import { generatedPredictions, samplesOf } from '../../../fixtures/generated-predictions.ts';
import { promtool } from '../../../fixtures/promtool.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'drift-warning-'));
afterAll(() => rmSync(dir, { recursive: true }));

const startMs = Date.UTC(2026, 10, 28, 5);
const stage = 'local';
const windowMs = stages.local.drift.windowMinutes * 60_000;

/** What the first two minutes of `npm start -- --drift-at` give, after the API has read it. */
async function samplesOfFlow(driftAtMs: number): Promise<MetricSample[]> {
  const stream = { seed: 7, startMs, accounts: 150, perDay: 1_200, fraudShare: 0.03, driftAtMs };
  const scored = generatedPredictions(stream, { count: 1_900, scoredAtMs: (_, at) => at * 63 });
  const sent = await samplesOf(
    scored.map(({ prediction }) => prediction),
    { windowMs, nowMs: startMs },
  );
  return [...chunksOf(sent, maxSamples)].flatMap((chunk) =>
    metricSamplesFromWire(JSON.parse(encodeMetricSamples(chunk)), startMs),
  );
}

/** Whether Prometheus, by the rules of the local stage, has exactly these alerts of the name. */
function fires(alertname: string, samples: readonly MetricSample[], alerts: readonly Alert[]) {
  writeFileSync(path.join(dir, 'rules.yml'), rulesYaml(stages.local));
  const test = {
    interval: '15s',
    input_series: samples.map(({ name, labels, value }) => ({
      series: `${name}${JSON.stringify({ stage, ...labels }).replaceAll(/"(\w+)":/g, '$1=')}`,
      values: `${value}x8`,
    })),
    alert_rule_test: [
      {
        eval_time: '90s',
        alertname,
        exp_alerts: alerts.map(({ labels, annotations }) => ({
          exp_labels: Object.fromEntries(Object.entries(labels).filter(([name]) => name !== 'alertname')),
          exp_annotations: annotations,
        })),
      },
    ],
  };
  const file = path.join(dir, 'test.yml');
  writeFileSync(
    file,
    stringify({ rule_files: ['rules.yml'], evaluation_interval: '15s', tests: [test] }, { lineWidth: 0 }),
  );
  return promtool(['test', 'rules', file]);
}

/** The texts that Slack gets of alerts that fire at two looks, one after the other. */
async function toldOf(alerts: readonly Alert[]): Promise<string[]> {
  const told: string[] = [];
  let known: Known = {};
  const look = alertRelay({
    firing: async () => alerts,
    tell: async (change) => {
      const body = noticeOf(change, startMs, 'http://console');
      await sendNotices(readNotices({ Records: [{ body }] }), async (message) => {
        told.push(JSON.stringify(message));
        return { result: 'accepted' };
      });
    },
    load: () => known,
    store: (now) => {
      known = now;
    },
  });
  await look();
  await look();
  return told;
}

test('transactions whose habits change raise one warning in Slack, and others none', async () => {
  const drifted = await samplesOfFlow(startMs);
  const overall = drifted.find(
    ({ name, labels }) => name === 'fraud_model_feature_drift' && labels.feature === 'overall',
  );
  const share = Number(((overall?.value ?? 0) * 100).toPrecision(4));
  const alert: Alert = {
    labels: { alertname: 'FraudDrift', stage, severity: 'ticket' },
    annotations: {
      summary: `Transactions differ from the training data by ${share}% of all that is possible.`,
      runbook: 'docs/runbook.md#fraud-drift',
    },
    activeAt: new Date(startMs).toISOString(),
  };
  expect(fires('FraudDrift', drifted, [alert])).toMatchObject({ code: 0 });

  const told = await toldOf([alert]);
  expect(told).toHaveLength(1);
  for (const part of ['FraudDrift fires', `${share}%`, 'since 2026-11-28 05:00 UTC', 'http://console/model'])
    expect(told[0]).toContain(part);

  const quiet = await samplesOfFlow(Number.POSITIVE_INFINITY);
  for (const name of ['FraudDrift', 'FraudFeatureDrift', 'FraudScoreDrift', 'FraudSegmentDrift'])
    expect(fires(name, quiet, [])).toMatchObject({ code: 0 });
});
