import { describe, expect, test } from '@jest/globals';
import type { SlackMessage } from '../../../../lambdas/notify-slack/messages.ts';
import { notifySlack, type UnsentAlert } from '../../../../lambdas/notify-slack/notify-slack.ts';
import { RateLimited } from '../../../../lambdas/shared/failures.ts';

/** A table of alerts, a Slack that answers as told, and a clock that only sleep moves. */
function world(count: number, { answers = [] as (Error | undefined)[], timeMs = 60_000 } = {}) {
  const rows = Array.from({ length: count }, (_, index) => ({
    alert: alert(index),
    state: 'unsent',
    retries: 0,
  }));
  const sent: { atMs: number; text: string }[] = [];
  let nowMs = 0;
  const setState = (alerts: readonly UnsentAlert[], state: string) => {
    for (const row of rows) if (alerts.includes(row.alert)) row.state = state;
  };
  return {
    rows,
    sent,
    claim: async (limit: number) => {
      const claimed = rows
        .filter(({ state }) => state === 'unsent')
        .slice(0, limit)
        .map((row) => row.alert);
      setState(claimed, 'claimed');
      return claimed;
    },
    markSent: async (alerts: readonly UnsentAlert[]) => setState(alerts, 'sent'),
    release: async (alerts: readonly UnsentAlert[]) => {
      setState(alerts, 'unsent');
      for (const row of rows) if (alerts.includes(row.alert)) row.retries++;
    },
    send: async ({ text }: SlackMessage) => {
      const answer = answers.shift();
      if (answer) throw answer;
      sent.push({ atMs: nowMs, text });
    },
    sleep: async (ms: number) => {
      nowMs += ms;
    },
    remainingMs: () => timeMs - nowMs,
  };
}

const alert = (index: number): UnsentAlert => ({
  alertId: String(index),
  location: `City ${index}`,
  type: 'TEMP_HIGH',
  reason: 'Temperature 36 °C, at least 35 °C',
  eventTimeMs: 0,
});

describe('notifySlack', () => {
  test('tells of each alert, one message a second', async () => {
    const slack = world(3);
    expect(await notifySlack(slack)).toEqual({ alerts: 3, messages: 3 });
    expect(slack.sent.map(({ atMs }) => atMs)).toEqual([0, 1_000, 2_000]);
    expect(slack.rows.every(({ state }) => state === 'sent')).toBe(true);
  });

  test('tells of many alerts in one message', async () => {
    const slack = world(250);
    expect(await notifySlack(slack)).toEqual({ alerts: 250, messages: 1 });
    expect(slack.sent).toEqual([{ atMs: 0, text: '250 weather alerts in 250 places' }]);
  });

  test('tells of more than a digest holds, a digest a second', async () => {
    expect(await notifySlack(world(2_500))).toEqual({ alerts: 2_500, messages: 3 });
  });

  test('says nothing when there is nothing', async () => {
    expect(await notifySlack(world(0))).toEqual({ alerts: 0, messages: 0 });
  });

  test('gives back what Slack did not take, and fails so that it is tried again', async () => {
    const slack = world(3, { answers: [undefined, new Error('500')] });
    await expect(notifySlack(slack)).rejects.toThrow('500');
    expect(slack.rows.map(({ state, retries }) => [state, retries])).toEqual([
      ['sent', 0],
      ['unsent', 1],
      ['unsent', 1],
    ]);
  });

  test('waits as long as Slack asks it to', async () => {
    const slack = world(1, { answers: [new RateLimited('Sending', 7_000)] });
    await notifySlack(slack);
    expect(slack.sent).toMatchObject([{ atMs: 7_000 }]);
  });

  test('does not wait longer than it has time for', async () => {
    const slack = world(1, { answers: [new RateLimited('Sending', 55_000)] });
    await expect(notifySlack(slack)).rejects.toThrow('No time left');
    expect(slack.rows).toMatchObject([{ state: 'unsent', retries: 1 }]);
  });
});
