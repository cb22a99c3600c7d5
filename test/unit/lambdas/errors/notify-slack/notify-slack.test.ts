import { describe, expect, test } from '@jest/globals';
import {
  type Answer,
  type Ending,
  notifySlack,
  type Outbox,
  type OutboxRow,
} from '../../../../../lambdas/errors/notify-slack/notify-slack.ts';

interface Row extends OutboxRow {
  state: string;
  attempts: number;
}

const error = new Error('Sending failed');
const failed = { result: 'failed', error } as const;
const unanswered = { result: 'unanswered', error } as const;
const refused = { result: 'refused', error } as const;

/** A table, a Slack that answers as told, and a clock that only sleep moves. */
function world(count: number, { timeMs = 60_000, digestFrom = 6 } = {}) {
  const rows: Row[] = Array.from({ length: count }, (_, n) => ({
    id: String(n),
    refusals: 0,
    doubtfulMessage: null,
    state: 'unsent',
    attempts: 0,
  }));
  const of = ({ id }: OutboxRow) => rows[Number(id)] as Row;
  const change = (row: OutboxRow, changes: Partial<Row>) => {
    rows[Number(row.id)] = { ...of(row), ...changes };
  };
  const sent: { atMs: number; ids: string; repeats?: boolean }[] = [];
  let nowMs = 0;
  let nextTurnMs = 0;
  let answer = (_ids: string, _repeats: boolean): Answer => ({ result: 'taken' });
  const changesOf = ({ attempts, refusals }: Row): Record<Ending, Partial<Row>> => ({
    told: { state: 'told' },
    'not-told': { state: 'unsent', doubtfulMessage: null, attempts: attempts + 1 },
    'maybe-told': { state: 'unsent', attempts: attempts + 1 },
    refused: { state: 'unsent', doubtfulMessage: null, attempts: attempts + 1, refusals: refusals + 1 },
    'given-up': { state: 'given up' },
    'not-tried': { state: 'unsent' },
  });
  const outbox: Outbox<Row> = {
    name: 'row',
    claim: async (limit) => {
      const claimed = rows.filter(({ state }) => state === 'unsent').slice(0, limit);
      for (const row of claimed) change(row, { state: 'held' });
      return { token: 'mine', rows: claimed };
    },
    announce: async (_token, held, message) => {
      for (const row of held) change(row, { doubtfulMessage: message });
      return held.filter((row) => of(row).state === 'held');
    },
    settle: async (_token, held, ending) => {
      const mine = held.filter((row) => of(row).state === 'held');
      for (const row of mine) change(row, changesOf(of(row))[ending]);
      return mine.length;
    },
    group: (all) => (all.length < digestFrom ? all.map((row) => [row]) : [[...all]]),
    compose: (all, { repeats }) => ({
      text: `${repeats ? 'again ' : ''}${all.map(({ id }) => id)}`,
      blocks: [],
    }),
  };
  return {
    outbox,
    sent,
    rows,
    states: () => rows.map(({ state, attempts }) => `${state} ${attempts}`),
    slackAnswers: (next: typeof answer) => {
      answer = next;
    },
    run: () =>
      notifySlack(outbox, {
        send: async ({ text }) => {
          const outcome = answer(text, text.startsWith('again'));
          if (outcome.result === 'taken') sent.push({ atMs: nowMs, ids: text });
          return outcome;
        },
        takeTurn: async (withinMs) => {
          const atMs = Math.max(nowMs, nextTurnMs);
          if (atMs - nowMs > withinMs) return undefined;
          nextTurnMs = atMs + 1_000;
          return atMs - nowMs;
        },
        putOffTurns: async (ms) => {
          nextTurnMs = Math.max(nextTurnMs, nowMs + ms);
        },
        sleep: async (ms) => {
          nowMs += ms;
        },
        remainingMs: () => timeMs - nowMs,
      }),
  };
}

/** Each answer once, then Slack takes all. */
const inTurn =
  (...answers: Answer[]) =>
  (): Answer =>
    answers.shift() ?? { result: 'taken' };

describe('notifySlack', () => {
  test('tells of each row, one message a second', async () => {
    const slack = world(3);
    expect(await slack.run()).toEqual({ rows: 3, messages: 3, refused: 0, givenUp: 0 });
    expect(slack.sent).toEqual([
      { atMs: 0, ids: '0' },
      { atMs: 1_000, ids: '1' },
      { atMs: 2_000, ids: '2' },
    ]);
    expect(slack.states()).toEqual(['told 0', 'told 0', 'told 0']);
  });

  test('tells of a storm in a few messages and loses none', async () => {
    const slack = world(2_500);
    expect(await slack.run()).toMatchObject({ rows: 2_500, messages: 3 });
    expect(new Set(slack.sent.flatMap(({ ids }) => ids.split(','))).size).toBe(2_500);
  });

  test('says nothing when there is nothing', async () => {
    expect(await world(0).run()).toMatchObject({ rows: 0, messages: 0 });
  });

  test('gives back what Slack did not take, and fails so that it is tried again', async () => {
    const slack = world(3);
    slack.slackAnswers(inTurn({ result: 'taken' }, failed));
    await expect(slack.run()).rejects.toThrow('Sending failed');
    expect(slack.states()).toEqual(['told 0', 'unsent 1', 'unsent 0']);
    await slack.run();
    expect(slack.sent.map(({ ids }) => ids)).toEqual(['0', '1', '2']);
  });

  test('repeats a message whose answer was lost as it was, apart from new rows, and says so', async () => {
    const slack = world(8);
    slack.slackAnswers(inTurn(unanswered));
    await expect(slack.run()).rejects.toThrow('Sending failed');
    slack.rows.push({ id: '8', refusals: 0, doubtfulMessage: null, state: 'unsent', attempts: 0 });
    await slack.run();
    expect(slack.sent.map(({ ids }) => ids)).toEqual(['again 0,1,2,3,4,5,6,7', '8']);
  });

  test('does not forget a doubt because the repetition failed', async () => {
    const slack = world(1);
    slack.slackAnswers(inTurn(unanswered, failed));
    await expect(slack.run()).rejects.toThrow();
    await expect(slack.run()).rejects.toThrow();
    await slack.run();
    expect(slack.sent.map(({ ids }) => ids)).toEqual(['again 0']);
  });

  test('tells nothing of rows that it no longer holds', async () => {
    const slack = world(2);
    slack.slackAnswers((ids) => {
      if (ids === '0') slack.rows[1] = { ...(slack.rows[1] as Row), state: 'held by another' };
      return { result: 'taken' };
    });
    expect(await slack.run()).toMatchObject({ rows: 1, messages: 1 });
    expect(slack.states()).toEqual(['told 0', 'held by another 0']);
  });

  test('waits as long as Slack asks it to', async () => {
    const slack = world(1);
    slack.slackAnswers(inTurn({ result: 'later', retryAfterMs: 7_000 }));
    await slack.run();
    expect(slack.sent).toEqual([{ atMs: 7_000, ids: '0' }]);
  });

  test('does not wait longer than it has time for, and has no doubt then', async () => {
    const slack = world(1);
    slack.slackAnswers(inTurn({ result: 'later', retryAfterMs: 55_000 }));
    await expect(slack.run()).rejects.toThrow('No time left');
    expect(slack.rows).toMatchObject([{ state: 'unsent', doubtfulMessage: null }]);
  });

  test('one row that Slack refuses holds up no other, and is given up in words after the third time', async () => {
    const slack = world(8, { timeMs: 600_000 });
    slack.slackAnswers((ids) => (ids.split(',').includes('5') ? refused : { result: 'taken' }));
    expect(await slack.run()).toMatchObject({ rows: 7, refused: 1, givenUp: 0 });
    expect(slack.states().filter((state) => state === 'told 0')).toHaveLength(7);
    await slack.run();
    expect(await slack.run()).toMatchObject({ givenUp: 1 });
    expect(slack.rows[5]).toMatchObject({ state: 'given up', refusals: 2 });
    expect(slack.sent.at(-1)?.ids).toBe('Slack has refused 3 times to show row 5: look in the database');
    expect(await slack.run()).toMatchObject({ messages: 0 });
  });

  test('gives up no row while Slack refuses everything', async () => {
    const slack = world(1);
    slack.slackAnswers(() => refused);
    await slack.run();
    await slack.run();
    await expect(slack.run()).rejects.toThrow('Slack refuses even a message of plain words');
    expect(slack.rows).toMatchObject([{ state: 'unsent' }]);
    slack.slackAnswers(inTurn());
    await slack.run();
    expect(slack.states()).toEqual(['told 2']);
  });
});
