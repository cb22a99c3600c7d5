import { beforeEach, expect, test } from '@jest/globals';
import { alertsTable } from '../../../../lambdas/notify-slack/alerts-table.ts';
import { testDatabase } from '../test-database.ts';

const { connect, query } = testDatabase();

const leaseMs = 60_000;

const insertAlerts = (count: number) =>
  query(
    `insert into weather_alerts (location, alert_type, alert_reason, event_time, value, threshold, raw_json)
     select 'Seoul', 'TEMP_HIGH', 'hot', '2024-07-01', n, 35, '{}' from generate_series(1, $1) as n`,
    [count],
  );

beforeEach(async () => {
  await query('truncate weather_alerts');
});

test('two senders at once never hold the same alert', async () => {
  await insertAlerts(100);
  const senders = Array.from({ length: 4 }, () => alertsTable(connect()));
  const claims = await Promise.all(senders.map((sender) => sender.claim(30, leaseMs)));
  const ids = claims.flat().map(({ alertId }) => alertId);
  expect(new Set(ids).size).toBe(ids.length);
});

test('an alert that is held or sent is not given to another', async () => {
  await insertAlerts(2);
  const table = alertsTable(connect());
  const [first, second] = await table.claim(10, leaseMs);
  expect(first).toMatchObject({
    location: 'Seoul',
    type: 'TEMP_HIGH',
    reason: 'hot',
    eventTimeMs: Date.UTC(2024, 6, 1),
  });
  if (!first || !second) throw new Error('Two alerts were expected');
  await table.markSent([first]);
  expect(await table.claim(10, leaseMs)).toEqual([]);
  const rows = await query(
    'select slack_sent, slack_sent_at is not null as has_time from weather_alerts order by alert_id',
  );
  expect(rows).toEqual([
    { slack_sent: true, has_time: true },
    { slack_sent: false, has_time: false },
  ]);
});

test('an alert that was given back can be taken again, after those that did not fail', async () => {
  await insertAlerts(2);
  const table = alertsTable(connect());
  const [first] = await table.claim(1, leaseMs);
  if (!first) throw new Error('An alert was expected');
  await table.release([first]);
  const [next] = await table.claim(1, leaseMs);
  expect(next?.alertId).not.toBe(first.alertId);
  expect(await table.claim(1, leaseMs)).toEqual([first]);
  expect(await query('select retry_count from weather_alerts where alert_id = $1', [first.alertId])).toEqual([
    { retry_count: 1 },
  ]);
});

test('an alert whose sender died is taken again when its lease ends', async () => {
  await insertAlerts(1);
  const table = alertsTable(connect());
  expect(await table.claim(1, -1)).toHaveLength(1);
  expect(await table.claim(1, leaseMs)).toHaveLength(1);
});
