import { beforeEach, expect, test } from '@jest/globals';
import { composeAlerts, groupAlerts } from '../../../../../lambdas/errors/notify-slack/alert-messages.ts';
import { alertsTable } from '../../../../../lambdas/errors/notify-slack/alerts-table.ts';
import type { SlackMessage } from '../../../../../lambdas/errors/notify-slack/blocks.ts';
import { notifySlack } from '../../../../../lambdas/errors/notify-slack/notify-slack.ts';
import { paceTable } from '../../../../../lambdas/errors/notify-slack/pace-table.ts';
import { connectSlack } from '../../../../../lambdas/errors/notify-slack/slack.ts';
import type { Database } from '../../../../../lambdas/shared/postgres/database.ts';
import { testDatabase } from '../../test-database.ts';
import { testInbox } from './test-inbox.ts';
import { endLeases, insertAlerts } from './unsent-rows.ts';

const { connect, query } = testDatabase();
const { behave, webhookUrl, received } = testInbox();

beforeEach(async () => {
  await query('truncate weather_alerts restart identity');
});

const portsOf = (database: Database, timeoutMs = 5_000) => ({
  ...paceTable(database),
  send: connectSlack(webhookUrl, { timeoutMs }),
  sleep: async () => {},
  remainingMs: () => 60_000,
});
const alertsOf = (database: Database) => ({
  ...alertsTable(database),
  name: 'alert',
  group: groupAlerts,
  compose: composeAlerts,
});
const sendAlerts = (database = connect()) => notifySlack(alertsOf(database), portsOf(database));

/** The ids in the last block of each message, with every range written out. */
const idsIn = (messages: readonly SlackMessage[]) =>
  messages.flatMap(({ blocks }) => {
    const texts = JSON.stringify(blocks.at(-1)).matchAll(/"(?:alerts?|errors?) ([\d–, ]+)"/g);
    return [...texts].flatMap(([, ids = '']) =>
      ids.split(', ').flatMap((part) => {
        const [from = 0, to = from] = part.split('–').map(Number);
        return Array.from({ length: to - from + 1 }, (_, n) => from + n);
      }),
    );
  });
const oneTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1);
const unsent = (table: string) =>
  query<{ count: number }>(`select count(*)::int as count from ${table} where not slack_sent`);

test('three concurrent senders send 5,000 alerts in a few messages and leave none out', async () => {
  await insertAlerts(query, 5_000);
  const sent = await Promise.all([sendAlerts(), sendAlerts(), sendAlerts()]);
  expect(sent.reduce((sum, { rows }) => sum + rows, 0)).toBe(5_000);
  const messages = await received();
  expect(messages.length).toBeLessThanOrEqual(8);
  expect(idsIn(messages).sort((a, b) => a - b)).toEqual(oneTo(5_000));
  expect(await unsent('weather_alerts')).toEqual([{ count: 0 }]);
});

test('a message that Slack did not accept is sent again without a warning', async () => {
  await insertAlerts(query, 8);
  await behave({ status: 403 });
  await expect(sendAlerts()).rejects.toThrow('Sending a message to Slack failed');
  await behave({ status: 200 });
  await sendAlerts();
  const messages = await received();
  expect(idsIn(messages)).toEqual(oneTo(8));
  expect(JSON.stringify(messages)).not.toContain('May repeat');
});

test('an unconfirmed message is sent again with the same rows, and warns that it may be a repetition', async () => {
  await insertAlerts(query, 8);
  await behave({ status: 200, answerDelayMs: 60_000 });
  const database = connect();
  await expect(notifySlack(alertsOf(database), portsOf(database, 2_000))).rejects.toThrow(
    'Sending a message to Slack failed',
  );
  await behave({ status: 200 });
  await insertAlerts(query, 1);
  await sendAlerts();
  const messages = await received();
  expect(messages).toHaveLength(3);
  const again = messages.filter((message) => JSON.stringify(message).includes('May repeat'));
  expect(again.map((message) => idsIn([message]))).toEqual([oneTo(8)]);
  expect(idsIn(messages)).toContain(9);
});

test('when a sender dies before it marks its rows, they are sent again with a warning, and none is lost', async () => {
  await insertAlerts(query, 3);
  const database = connect();
  const table = alertsOf(database);
  const dying = {
    ...table,
    group: (rows: Parameters<typeof groupAlerts>[0]) => [[...rows]],
    settle: async () => {
      throw new Error('killed');
    },
  };
  await expect(notifySlack(dying, portsOf(database))).rejects.toThrow('killed');
  expect(await sendAlerts()).toMatchObject({ rows: 0 });
  await endLeases(query, 'weather_alerts');
  expect(await sendAlerts()).toMatchObject({ rows: 3, messages: 1 });
  const [first, again, ...others] = await received();
  expect(others).toEqual([]);
  expect(idsIn([first as SlackMessage])).toEqual([1, 2, 3]);
  expect(idsIn([again as SlackMessage])).toEqual([1, 2, 3]);
  expect([first, again].map((message) => JSON.stringify(message).includes('May repeat'))).toEqual([
    false,
    true,
  ]);
});

test('a rejected row does not block others, and a message says when it is given up', async () => {
  await insertAlerts(query, 20);
  const database = connect();
  const outbox = alertsOf(database);
  const send = () =>
    notifySlack(
      {
        ...outbox,
        compose: (rows, options) =>
          rows.some(({ id }) => id === '13') ? { text: '', blocks: [] } : outbox.compose(rows, options),
      },
      portsOf(database),
    );
  expect(await send()).toMatchObject({ rows: 19, rejected: 1 });
  await send();
  await send();
  expect((await received()).at(-1)?.text).toBe(
    'Slack rejected alert 13 3 times: see the row in the database',
  );
  expect(
    await query('select alert_id, slack_sent from weather_alerts where slack_given_up_at is not null'),
  ).toEqual([{ alert_id: '13', slack_sent: false }]);
  expect(await send()).toMatchObject({ messages: 0, rejected: 0 });
});
