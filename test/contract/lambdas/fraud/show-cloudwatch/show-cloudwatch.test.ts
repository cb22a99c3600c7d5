import { expect, test } from '@jest/globals';
import { showCloudWatch } from '../../../../../lambdas/fraud/show-cloudwatch/show-cloudwatch.ts';
import { promtool } from '../../../../fixtures/promtool.ts';

const targets = {
  account: { id: '123456789012', region: 'us-east-1' },
  functions: ['isobar-prod-land-observations'],
  queues: ['isobar-prod-retries'],
  machines: ['isobar-prod-daily'],
  apis: ['isobar-prod'],
  jobs: ['isobar-prod-daily-summary'],
  workGroups: ['isobar-prod'],
  databases: ['isobar-prod'],
  buckets: ['isobar-prod-lake'],
  clusters: ['isobar-prod'],
  brokers: 3,
  groups: [['land-observations', 'weather-data']],
} as const;

test('promtool has no complaint about GET /metrics/cloudwatch', async () => {
  const show = showCloudWatch(targets, 300, { read: async (asked) => asked.map(() => 1), now: () => 0 });
  expect(promtool(['check', 'metrics'], (await show()).body)).toEqual({ code: 0, output: '' });
});
