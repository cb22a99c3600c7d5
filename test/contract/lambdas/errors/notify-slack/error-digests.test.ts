import { beforeEach, expect, test } from '@jest/globals';
import { errorDigestsTable } from '../../../../../lambdas/errors/notify-slack/error-digests-table.ts';
import { composeDigests, groupDigests } from '../../../../../lambdas/errors/notify-slack/error-messages.ts';
import { notifySlack } from '../../../../../lambdas/errors/notify-slack/notify-slack.ts';
import { paceTable } from '../../../../../lambdas/errors/notify-slack/pace-table.ts';
import { connectSlack } from '../../../../../lambdas/errors/notify-slack/slack.ts';
import { testDatabase } from '../../test-database.ts';
import { testInbox } from './test-inbox.ts';
import { endLeases, insertErrors } from './unsent-rows.ts';

const { connect, query } = testDatabase();
const { behave, webhookUrl, received } = testInbox();

beforeEach(() =>
  query('truncate error_weather_data, slack_error_digests, slack_error_pace restart identity'),
);

/** One run of notify-slack, as of any other function or process. */
async function run({ dies = false } = {}) {
  const database = connect();
  const digests = errorDigestsTable(database);
  await digests.collect();
  const settle = async () => {
    throw new Error('killed');
  };
  return notifySlack(
    {
      ...digests,
      ...(dies ? { settle } : {}),
      name: 'digest of errors',
      group: groupDigests,
      compose: composeDigests,
    },
    {
      ...paceTable(database),
      send: connectSlack(webhookUrl),
      sleep: async () => {},
      remainingMs: () => 60_000,
    },
  );
}

const titles = async () => (await received()).map(({ text }) => text);
const unsent = async () =>
  (await query<{ count: number }>('select count(*)::int from error_weather_data where not slack_sent'))[0]
    ?.count;
const aMinutePasses = () => query(`update slack_error_pace set told_at = told_at - interval '1 minute'`);

test('20,000 errors of a file are one message with the file, the causes, and the command to look', async () => {
  await insertErrors(query, 15_000);
  await insertErrors(query, 5_000, { type: 'RANGE_ERROR' });
  await run();
  expect(await titles()).toEqual(['20,000 records rejected: Not a date 15,000, Out of range 5,000']);
  const text = JSON.stringify(await received());
  expect(text).toContain('15,000 in Date_Time, such as a.csv, line 1, Seoul: Date_Time: found');
  expect(text).toContain('• a.csv: 20,000');
  expect(text).toContain('`npm run errors -- summary --file a.csv`');
  expect(text).toContain('errors 1–20000');
  expect(await unsent()).toBe(0);
});

test('a flood is told once a minute, by however many senders, and every error is counted', async () => {
  await insertErrors(query, 10);
  await Promise.all([run(), run(), run()]);
  await insertErrors(query, 700);
  await Promise.all([run(), run(), run()]);
  await insertErrors(query, 50);
  await run();
  expect(await titles()).toEqual(['10 records rejected: Not a date 10']);
  expect(await unsent()).toBe(750);
  await aMinutePasses();
  await Promise.all([run(), run(), run()]);
  expect(await titles()).toEqual([
    '10 records rejected: Not a date 10',
    '750 records rejected: Not a date 750',
  ]);
  expect(await unsent()).toBe(0);
});

test('the first error of another type does not wait for the minute of a flood', async () => {
  await insertErrors(query, 10);
  await run();
  await insertErrors(query, 10);
  await insertErrors(query, 1, { type: 'UNREADABLE_FILE' });
  await run();
  expect(await titles()).toEqual([
    '10 records rejected: Not a date 10',
    '1 record rejected: Unreadable file 1',
  ]);
});

test('errors that come right now wait for the end of their burst', async () => {
  await insertErrors(query, 1, { age: '1 second' });
  await run();
  expect(await titles()).toEqual([]);
});

test('while Slack is down, one digest waits, and what comes meanwhile is in the next', async () => {
  await insertErrors(query, 3);
  await behave({ status: 403 });
  await expect(run()).rejects.toThrow('Sending a message to Slack failed');
  await insertErrors(query, 4);
  await expect(run()).rejects.toThrow('Sending a message to Slack failed');
  await behave({ status: 200 });
  await run();
  await aMinutePasses();
  await run();
  expect(await titles()).toEqual(['3 records rejected: Not a date 3', '4 records rejected: Not a date 4']);
});

test('a sender that dies after Slack accepted a digest: it is repeated with a warning, after a minute', async () => {
  await insertErrors(query, 3);
  await expect(run({ dies: true })).rejects.toThrow('killed');
  await insertErrors(query, 5);
  await run();
  expect(await titles()).toHaveLength(1);
  await endLeases(query, 'slack_error_digests');
  await run();
  expect(await titles()).toEqual(['3 records rejected: Not a date 3', '3 records rejected: Not a date 3']);
  expect(JSON.stringify(await received()).split('May repeat')).toHaveLength(2);
  await aMinutePasses();
  await run();
  expect((await titles()).at(-1)).toBe('5 records rejected: Not a date 5');
  expect(await unsent()).toBe(0);
});

test('types of any length and number, and more files than are shown, become one message', async () => {
  await query(
    `insert into error_weather_data (error_type, error_message, file_name, stored_at)
     select repeat('T', 5000) || n, 'message ' || n, 'f' || n || '.csv', clock_timestamp() - interval '5 seconds'
       from generate_series(1, 40) as n`,
  );
  await query(
    `insert into error_weather_data (error_type, error_message, stored_at)
     select 'TYPE ' || n, 'offset ' || n || ': found nothing', clock_timestamp() - interval '5 seconds'
       from generate_series(1, 40) as n`,
  );
  await run();
  const [text] = await titles();
  expect(text).toMatch(/^80 records rejected from 41 sources: /);
  expect(JSON.stringify(await received())).toContain('and 31 more sources');
  expect(await unsent()).toBe(0);
});

test('old digests are deleted, but for what Slack has not got', async () => {
  await query(
    `insert into slack_error_digests (error_types, content, slack_sent, slack_sent_at)
     select '{A}', '{}', true, now() from generate_series(1, 3)`,
  );
  await query(`select setval(pg_get_serial_sequence('slack_error_digests', 'id'), 10001)`);
  await insertErrors(query, 1);
  await run();
  expect(await query('select id::int from slack_error_digests order by id')).toEqual([
    { id: 3 },
    { id: 10_002 },
  ]);
});
