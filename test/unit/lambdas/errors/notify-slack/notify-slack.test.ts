import { describe, expect, test } from '@jest/globals';
import {
  type Answer,
  notifySlack,
  type Outbox,
  type OutboxRow,
  type Outcome,
} from '../../../../../lambdas/errors/notify-slack/notify-slack.ts';

interface Row extends OutboxRow {
  state: string;
  attempts: number;
}

const error = new Error('Sending failed');
const failed = { result: 'failed', error } as const;
const unconfirmed = { result: 'unconfirmed', error } as const;
const rejected = { result: 'rejected', error } as const;

/** A table, a Slack with prepared answers, and a clock that only `sleep` moves. */
function world(count: number, { timeMs = 60_000, digestFrom = 6 } = {}) {
  const rows: Row[] = Array.from({ length: count }, (_, n) => ({
    id: String(n),
    rejections: 0,
    unconfirmedMessage: null,
    state: 'unsent',
    attempts: 0,
  }));
  const of = ({ id }: OutboxRow) => rows[Number(id)] as Row;
  const change = (row: OutboxRow, changes: Partial<Row>) => {
    rows[Number(row.id)] = { ...of(row), ...changes };
  };
  const sent: { atMs: number; ids: string }[] = [];
  let nowMs = 0;
  let nextTurnMs = 0;
  let answer = (_ids: string, _mayRepeat: boolean): Answer => ({ result: 'accepted' });
  const changesOf = ({ attempts, rejections }: Row): Record<Outcome, Partial<Row>> => ({
    sent: { state: 'sent' },
    'not-sent': { state: 'unsent', unconfirmedMessage: null, attempts: attempts + 1 },
    unconfirmed: { state: 'unsent', attempts: attempts + 1 },
    rejected: {
      state: 'unsent',
      unconfirmedMessage: null,
      attempts: attempts + 1,
      rejections: rejections + 1,
    },
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
    assign: async (_token, held, message) => {
      for (const row of held) change(row, { unconfirmedMessage: message });
      return held.filter((row) => of(row).state === 'held');
    },
    settle: async (_token, held, ending) => {
      const mine = held.filter((row) => of(row).state === 'held');
      for (const row of mine) change(row, changesOf(of(row))[ending]);
      return mine.length;
    },
    group: (all) => (all.length < digestFrom ? all.map((row) => [row]) : [[...all]]),
    compose: (all, { mayRepeat }) => ({
      text: `${mayRepeat ? 'again ' : ''}${all.map(({ id }) => id)}`,
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
          if (outcome.result === 'accepted') sent.push({ atMs: nowMs, ids: text });
          return outcome;
        },
        takeTurn: async (withinMs) => {
          const atMs = Math.max(nowMs, nextTurnMs);
          if (atMs - nowMs > withinMs) return undefined;
          nextTurnMs = atMs + 1_000;
          return atMs - nowMs;
        },
        postponeTurns: async (ms) => {
          nextTurnMs = Math.max(nextTurnMs, nowMs + ms);
        },
        sleep: async (ms) => {
          nowMs += ms;
        },
        remainingMs: () => timeMs - nowMs,
      }),
  };
}

/** Slack gives these answers in turn, then accepts every message. */
const inTurn =
  (...answers: Answer[]) =>
  (): Answer =>
    answers.shift() ?? { result: 'accepted' };

describe('notifySlack', () => {
  test('each row is sent, one message a second', async () => {
    const slack = world(3);
    expect(await slack.run()).toEqual({ rows: 3, messages: 3, rejected: 0, givenUp: 0 });
    expect(slack.sent).toEqual([
      { atMs: 0, ids: '0' },
      { atMs: 1_000, ids: '1' },
      { atMs: 2_000, ids: '2' },
    ]);
    expect(slack.states()).toEqual(['sent 0', 'sent 0', 'sent 0']);
  });

  test('2,500 rows are sent in three messages, and none is lost', async () => {
    const slack = world(2_500);
    expect(await slack.run()).toMatchObject({ rows: 2_500, messages: 3 });
    expect(new Set(slack.sent.flatMap(({ ids }) => ids.split(','))).size).toBe(2_500);
  });

  test('no message is sent without unsent rows', async () => {
    expect(await world(0).run()).toMatchObject({ rows: 0, messages: 0 });
  });

  test('rows of a failed message are released, and the run fails', async () => {
    const slack = world(3);
    slack.slackAnswers(inTurn({ result: 'accepted' }, failed));
    await expect(slack.run()).rejects.toThrow('Sending failed');
    expect(slack.states()).toEqual(['sent 0', 'unsent 1', 'unsent 0']);
    await slack.run();
    expect(slack.sent.map(({ ids }) => ids)).toEqual(['0', '1', '2']);
  });

  test('an unconfirmed message is repeated with the same rows, without new ones, and says that it may be a repetition', async () => {
    const slack = world(8);
    slack.slackAnswers(inTurn(unconfirmed));
    await expect(slack.run()).rejects.toThrow('Sending failed');
    slack.rows.push({ id: '8', rejections: 0, unconfirmedMessage: null, state: 'unsent', attempts: 0 });
    await slack.run();
    expect(slack.sent.map(({ ids }) => ids)).toEqual(['again 0,1,2,3,4,5,6,7', '8']);
  });

  test('a message stays unconfirmed when its repetition fails', async () => {
    const slack = world(1);
    slack.slackAnswers(inTurn(unconfirmed, failed));
    await expect(slack.run()).rejects.toThrow();
    await expect(slack.run()).rejects.toThrow();
    await slack.run();
    expect(slack.sent.map(({ ids }) => ids)).toEqual(['again 0']);
  });

  test('a row that the claim no longer holds is not sent', async () => {
    const slack = world(2);
    slack.slackAnswers((ids) => {
      if (ids === '0') slack.rows[1] = { ...(slack.rows[1] as Row), state: 'held by another' };
      return { result: 'accepted' };
    });
    expect(await slack.run()).toMatchObject({ rows: 1, messages: 1 });
    expect(slack.states()).toEqual(['sent 0', 'held by another 0']);
  });

  test('the next message waits as long as Slack asks', async () => {
    const slack = world(1);
    slack.slackAnswers(inTurn({ result: 'rate-limited', retryAfterMs: 7_000 }));
    await slack.run();
    expect(slack.sent).toEqual([{ atMs: 7_000, ids: '0' }]);
  });

  test('a run without time for the wait fails, and leaves no message unconfirmed', async () => {
    const slack = world(1);
    slack.slackAnswers(inTurn({ result: 'rate-limited', retryAfterMs: 55_000 }));
    await expect(slack.run()).rejects.toThrow('No time is left');
    expect(slack.rows).toMatchObject([{ state: 'unsent', unconfirmedMessage: null }]);
  });

  test('a rejected row does not block others, and is given up with a message after the third rejection', async () => {
    const slack = world(8, { timeMs: 600_000 });
    slack.slackAnswers((ids) => (ids.split(',').includes('5') ? rejected : { result: 'accepted' }));
    expect(await slack.run()).toMatchObject({ rows: 7, rejected: 1, givenUp: 0 });
    expect(slack.states().filter((state) => state === 'sent 0')).toHaveLength(7);
    await slack.run();
    expect(await slack.run()).toMatchObject({ givenUp: 1 });
    expect(slack.rows[5]).toMatchObject({ state: 'given up', rejections: 2 });
    expect(slack.sent.at(-1)?.ids).toBe('Slack rejected row 5 3 times: see the row in the database');
    expect(await slack.run()).toMatchObject({ messages: 0 });
  });

  test('no row is given up while Slack rejects every message', async () => {
    const slack = world(1);
    slack.slackAnswers(() => rejected);
    await slack.run();
    await slack.run();
    await expect(slack.run()).rejects.toThrow('Slack rejects even a message of plain text');
    expect(slack.rows).toMatchObject([{ state: 'unsent' }]);
    slack.slackAnswers(inTurn());
    await slack.run();
    expect(slack.states()).toEqual(['sent 2']);
  });
});
