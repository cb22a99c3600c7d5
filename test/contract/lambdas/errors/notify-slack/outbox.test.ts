import { beforeEach, expect, test } from '@jest/globals';
import { composeAlerts, groupAlerts } from '../../../../../lambdas/errors/notify-slack/alert-messages.ts';
import { alertsTable } from '../../../../../lambdas/errors/notify-slack/alerts-table.ts';
import type { SlackMessage } from '../../../../../lambdas/errors/notify-slack/blocks.ts';
import { composeErrors, groupErrors } from '../../../../../lambdas/errors/notify-slack/error-messages.ts';
import { errorsTable } from '../../../../../lambdas/errors/notify-slack/errors-table.ts';
import { notifySlack } from '../../../../../lambdas/errors/notify-slack/notify-slack.ts';
import { paceTable } from '../../../../../lambdas/errors/notify-slack/pace-table.ts';
import { connectSlack } from '../../../../../lambdas/errors/notify-slack/slack.ts';
import type { Database } from '../../../../../lambdas/shared/postgres/database.ts';
import { testDatabase } from '../../test-database.ts';
import { testInbox } from './test-inbox.ts';
import { endLeases, insertAlerts, insertErrors } from './unsent-rows.ts';

const { connect, query } = testDatabase();
const { behave, webhookUrl, received } = testInbox();

beforeEach(async () => {
  await query('truncate weather_alerts, error_weather_data restart identity');
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
const errorsOf = (database: Database) => ({
  ...errorsTable(database),
  name: 'error',
  group: groupErrors,
  compose: composeErrors,
});
const tellAlerts = (database = connect()) => notifySlack(alertsOf(database), portsOf(database));
const tellErrors = (database = connect()) => notifySlack(errorsOf(database), portsOf(database));

/** The ids in the last block of each message, with every range written out. */
const idsTold = (messages: readonly SlackMessage[]) =>
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

test('a storm of 5,000 alerts becomes a few messages that leave none out, with three senders at once', async () => {
  await insertAlerts(query, 5_000);
  const told = await Promise.all([tellAlerts(), tellAlerts(), tellAlerts()]);
  expect(told.reduce((sum, { rows }) => sum + rows, 0)).toBe(5_000);
  const messages = await received();
  expect(messages.length).toBeLessThanOrEqual(8);
  expect(idsTold(messages).sort((a, b) => a - b)).toEqual(oneTo(5_000));
  expect(await unsent('weather_alerts')).toEqual([{ count: 0 }]);
});

test('a storm of errors becomes a few messages that leave none out', async () => {
  await insertErrors(query, 2_345);
  await tellErrors();
  const messages = await received();
  expect(messages).toHaveLength(3);
  expect(idsTold(messages)).toEqual(oneTo(2_345));
  expect(await unsent('error_weather_data')).toEqual([{ count: 0 }]);
});

test('what Slack did not take comes again without a doubt', async () => {
  await insertAlerts(query, 8);
  await behave({ status: 403 });
  await expect(tellAlerts()).rejects.toThrow('Sending a message to Slack failed');
  await behave({ status: 200 });
  await tellAlerts();
  const messages = await received();
  expect(idsTold(messages)).toEqual(oneTo(8));
  expect(JSON.stringify(messages)).not.toContain('May repeat');
});

test('a message whose answer was lost comes again with the same rows, and says that it may be a repetition', async () => {
  await insertAlerts(query, 8);
  await behave({ status: 200, answerDelayMs: 60_000 });
  const database = connect();
  await expect(notifySlack(alertsOf(database), portsOf(database, 2_000))).rejects.toThrow(
    'Sending a message to Slack failed',
  );
  await behave({ status: 200 });
  await insertAlerts(query, 1);
  await tellAlerts();
  const messages = await received();
  expect(messages).toHaveLength(3);
  const again = messages.filter((message) => JSON.stringify(message).includes('May repeat'));
  expect(again.map((message) => idsTold([message]))).toEqual([oneTo(8)]);
  expect(idsTold(messages)).toContain(9);
});

test('a sender that dies between the answer and the mark leaves a doubt, and no row is forgotten', async () => {
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
  expect(await tellAlerts()).toMatchObject({ rows: 0 });
  await endLeases(query, 'weather_alerts');
  expect(await tellAlerts()).toMatchObject({ rows: 3, messages: 1 });
  const [first, again, ...others] = await received();
  expect(others).toEqual([]);
  expect(idsTold([first as SlackMessage])).toEqual([1, 2, 3]);
  expect(idsTold([again as SlackMessage])).toEqual([1, 2, 3]);
  expect([first, again].map((message) => JSON.stringify(message).includes('May repeat'))).toEqual([
    false,
    true,
  ]);
});

test('a row that Slack refuses holds up no other, and is given up where all can see it', async () => {
  await insertAlerts(query, 20);
  const database = connect();
  const outbox = alertsOf(database);
  const tell = () =>
    notifySlack(
      {
        ...outbox,
        compose: (rows, repetition) =>
          rows.some(({ id }) => id === '13') ? { text: '', blocks: [] } : outbox.compose(rows, repetition),
      },
      portsOf(database),
    );
  expect(await tell()).toMatchObject({ rows: 19, refused: 1 });
  await tell();
  await tell();
  expect((await received()).at(-1)?.text).toBe(
    'Slack has refused 3 times to show alert 13: look in the database',
  );
  expect(
    await query('select alert_id, slack_sent from weather_alerts where slack_given_up_at is not null'),
  ).toEqual([{ alert_id: '13', slack_sent: false }]);
  expect(await tell()).toMatchObject({ messages: 0, refused: 0 });
});
