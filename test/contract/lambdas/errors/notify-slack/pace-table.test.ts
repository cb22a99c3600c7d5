import { beforeEach, expect, test } from '@jest/globals';
import { paceTable } from '../../../../../lambdas/errors/notify-slack/pace-table.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();

const setNextTurn = (sql: string) => query(`update slack_pace set next_turn_at = ${sql}`);
const nextTurnMs = async () => {
  const [pace] = await query<{ at: Date }>('select next_turn_at as at from slack_pace');
  return pace?.at.getTime() ?? Number.NaN;
};
const hourMs = 3_600_000;

beforeEach(async () => {
  await setNextTurn("'2024-01-01'");
});

test('concurrent senders take turns a second apart', async () => {
  await setNextTurn("date_trunc('second', clock_timestamp()) + interval '10 minutes'");
  const firstMs = await nextTurnMs();
  const waits = await Promise.all(Array.from({ length: 4 }, () => paceTable(connect()).takeTurn(hourMs)));
  expect(new Set(waits).size).toBe(4);
  expect(await nextTurnMs()).toBe(firstMs + 4_000);
});

test('without recent turns, the next turn is now', async () => {
  expect(await paceTable(connect()).takeTurn(0)).toBe(0);
});

test('a turn that is too late for a sender is not taken', async () => {
  await setNextTurn("clock_timestamp() + interval '10 minutes'");
  const firstMs = await nextTurnMs();
  expect(await paceTable(connect()).takeTurn(60_000)).toBeUndefined();
  expect(await nextTurnMs()).toBe(firstMs);
});

test('turns are postponed for all senders, and the longer of two waits counts', async () => {
  await setNextTurn('clock_timestamp()');
  const beforeMs = await nextTurnMs();
  await paceTable(connect()).postponeTurns(30_000);
  const postponedMs = await nextTurnMs();
  expect(postponedMs).toBeGreaterThanOrEqual(beforeMs + 30_000);
  await paceTable(connect()).postponeTurns(5_000);
  expect(await nextTurnMs()).toBe(postponedMs);
});
