import { beforeEach, expect, test } from '@jest/globals';
import { paceTable } from '../../../../lambdas/notify-slack/pace-table.ts';
import { testDatabase } from '../test-database.ts';

const { connect, query } = testDatabase();

beforeEach(async () => {
  await query("update slack_pace set next_turn_at = '2024-01-01'");
});

test('senders at once take turns a second apart', async () => {
  const turns = await Promise.all(Array.from({ length: 4 }, () => paceTable(connect()).takeTurn()));
  const seconds = turns.map((ms) => Math.round(ms / 1_000)).sort();
  expect(seconds).toEqual([0, 1, 2, 3]);
});

test('when Slack asks one sender to wait, all wait, and the longer of two waits counts', async () => {
  await paceTable(connect()).putOffTurns(30_000);
  await paceTable(connect()).putOffTurns(5_000);
  const waitMs = await paceTable(connect()).takeTurn();
  expect(waitMs).toBeGreaterThan(28_000);
  expect(waitMs).toBeLessThanOrEqual(30_000);
});
