import { beforeEach, describe, expect, test } from '@jest/globals';
import { alertsTable } from '../../../../../lambdas/errors/notify-slack/alerts-table.ts';
import { errorDigestsTable } from '../../../../../lambdas/errors/notify-slack/error-digests-table.ts';
import type { OutboxRow, OutboxTable } from '../../../../../lambdas/errors/notify-slack/notify-slack.ts';
import type { Database } from '../../../../../lambdas/shared/postgres/database.ts';
import { testDatabase } from '../../test-database.ts';
import { endLeases, insertAlerts } from './unsent-rows.ts';

const { connect, query } = testDatabase();

const leaseMs = 60_000;
const message = '00000000-0000-4000-8000-000000000001';

interface Kind {
  readonly name: string;
  readonly insert: (count: number) => Promise<unknown>;
  readonly open: (database: Database) => OutboxTable<OutboxRow>;
}

const kinds: Kind[] = [
  { name: 'weather_alerts', insert: (count) => insertAlerts(query, count), open: alertsTable },
];

describe.each(kinds)('the outbox $name', ({ name, insert, open }) => {
  const table = () => open(connect());
  const idsOf = (rows: readonly OutboxRow[]) => rows.map(({ id }) => Number(id));
  const sentIds = async () => {
    const rows = await query<{ row: Record<string, unknown> }>(`select to_jsonb(t) as row from ${name} t`);
    return rows.filter(({ row }) => row.slack_sent).map(({ row }) => row.alert_id ?? row.id);
  };

  beforeEach(async () => {
    await query(`truncate ${name} restart identity`);
  });

  test('concurrent senders never hold the same row, nor more rows than they asked for', async () => {
    await insert(100);
    const claims = await Promise.all(Array.from({ length: 4 }, () => table().claim(30, leaseMs)));
    for (const { rows } of claims) expect(rows.length).toBeLessThanOrEqual(30);
    const ids = claims.flatMap(({ rows }) => idsOf(rows));
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(claims.map(({ token }) => token)).size).toBe(4);
  });

  test('a row that is held or sent cannot be claimed', async () => {
    await insert(3);
    const { token, rows } = await table().claim(2, leaseMs);
    expect(idsOf(rows)).toEqual([1, 2]);
    expect(await table().settle(token, rows.slice(0, 1), 'sent')).toBe(1);
    expect(idsOf((await table().claim(10, leaseMs)).rows)).toEqual([3]);
    expect(await sentIds()).toEqual([1]);
    expect(await query(`select slack_sent_at is not null as timed from ${name} where slack_sent`)).toEqual([
      { timed: true },
    ]);
  });

  test('a row whose sender died can be claimed when its lease ends, and has its unconfirmed message', async () => {
    await insert(2);
    const dead = await table().claim(10, leaseMs);
    await table().assign(dead.token, dead.rows.slice(0, 1), message);
    await endLeases(query, name);
    const { rows } = await table().claim(10, leaseMs);
    expect(rows.map(({ id, unconfirmedMessage }) => [id, unconfirmedMessage])).toEqual([
      ['1', message],
      ['2', null],
    ]);
  });

  test('a sender whose lease has ended cannot assign, settle or release a row that another holds', async () => {
    await insert(2);
    const zombie = await table().claim(10, -1);
    const next = await table().claim(10, leaseMs);
    expect(idsOf(next.rows)).toEqual([1, 2]);
    expect(await table().assign(zombie.token, zombie.rows, message)).toEqual([]);
    expect(await table().settle(zombie.token, zombie.rows, 'sent')).toBe(0);
    expect(await table().settle(zombie.token, zombie.rows, 'not-tried')).toBe(0);
    expect(await sentIds()).toEqual([]);
    expect((await table().claim(10, leaseMs)).rows).toEqual([]);
    expect(await table().settle(next.token, next.rows, 'sent')).toBe(2);
  });

  test('a sender whose lease has ended cannot assign a row, but can settle one that nobody else has claimed', async () => {
    await insert(1);
    const late = await table().claim(1, -1);
    expect(await table().assign(late.token, late.rows, message)).toEqual([]);
    expect(await table().settle(late.token, late.rows, 'sent')).toBe(1);
    expect(await sentIds()).toEqual([1]);
  });

  test.each([
    ['not-sent', null],
    ['rejected', null],
    ['unconfirmed', message],
    ['not-tried', message],
  ] as const)(
    'a row settled as %s is claimed again, with unconfirmed message %s',
    async (outcome, expected) => {
      await insert(1);
      const { token, rows } = await table().claim(1, leaseMs);
      await table().assign(token, rows, message);
      await table().settle(token, rows, outcome);
      expect((await table().claim(1, leaseMs)).rows).toMatchObject([{ unconfirmedMessage: expected }]);
    },
  );

  test('rejected rows are claimed last, and given-up rows never', async () => {
    await insert(3);
    const { token, rows } = await table().claim(10, leaseMs);
    await table().settle(token, rows.slice(0, 1), 'rejected');
    await table().settle(token, rows.slice(1, 2), 'given-up');
    await table().settle(token, rows, 'not-tried');
    expect(idsOf((await table().claim(1, leaseMs)).rows)).toEqual([3]);
    const rest = await table().claim(10, leaseMs);
    expect(rest.rows).toMatchObject([{ id: '1', rejections: 1 }]);
    expect(
      await query(`select count(*)::int as count from ${name} where slack_given_up_at is not null`),
    ).toEqual([{ count: 1 }]);
  });
});

test('a digest that Slack may have got is repeated after a minute at the earliest, and by one sender', async () => {
  await query(`insert into slack_error_digests (error_types, content) values ('{A}', '{"errors":3}')`);
  const table = errorDigestsTable(connect());
  const { token, rows } = await table.claim(10, leaseMs);
  expect(rows).toMatchObject([{ digest: { errors: 3 } }]);
  await table.assign(token, rows, message);
  await table.settle(token, rows, 'unconfirmed');
  expect((await table.claim(10, leaseMs)).rows).toEqual([]);
  const [held] = await query<{ seconds: number }>(
    'select extract(epoch from leased_until - clock_timestamp())::float8 as seconds from slack_error_digests',
  );
  expect(held?.seconds).toBeGreaterThan(60);
  await endLeases(query, 'slack_error_digests');
  expect((await table.claim(10, leaseMs)).rows).toMatchObject([{ unconfirmedMessage: message }]);
});

test('alerts are claimed with the columns that a message shows', async () => {
  await query('truncate weather_alerts restart identity');
  await insertAlerts(query, 1);
  expect((await alertsTable(connect()).claim(1, leaseMs)).rows).toMatchObject([
    { location: 'Seoul', type: 'TEMP_HIGH', reason: 'hot', eventTimeMs: Date.UTC(2024, 6, 1) },
  ]);
});
