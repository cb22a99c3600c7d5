import { beforeAll, expect, test } from '@jest/globals';
import { readErrors } from '../../../../localstack/console/views/errors.ts';
import { testDatabase } from '../../lambdas/test-database.ts';

const { connect, query } = testDatabase();
const reader = connect('reader');
const select = async <Row>(sql: string, values: readonly unknown[] = []) =>
  (await reader.query(sql, [...values])) as Row[];
const read = (parameters: Record<string, string> = {}) =>
  readErrors({ query: select }, new URLSearchParams(parameters));
const byName = (counted: readonly { name: string; count: number }[]) =>
  Object.fromEntries(counted.map(({ name, count }) => [name, count]));

const open = 200_000;

beforeAll(async () => {
  await query(
    `insert into error_weather_data (error_type, error_message, raw_row, file_name, line_number, processing_status)
     select case when n % 10 = 0 then 'DATE_ERROR' else 'TYPE_ERROR' end, 'found "x"', 'Seoul,x,1,2,3,4',
            'incoming/observations/' || n % 200 || '.csv', n,
            case when n <= $1 then 'NEW' when n <= $1 + 5 then 'REDRIVEN' else 'IGNORED' end
       from generate_series(1, $1::int + 8) as n`,
    [open],
  );
  await query('analyze error_weather_data');
}, 120_000);

test('errors are counted by status, and by type and file of the chosen status', async () => {
  const all = await read();
  expect(byName(all.byStatus)).toEqual({ open, redriven: 5, ignored: 3 });
  expect(all.errors[0]).toMatchObject({ id: open + 8, status: 'IGNORED' });
  const opened = await read({ status: 'open' });
  expect(byName(opened.byType)).toEqual({ DATE_ERROR: open / 10, TYPE_ERROR: (open * 9) / 10 });
  expect(opened.byFile[0]).toMatchObject({ count: 1_000 });
  expect(opened.errors[0]).toMatchObject({ id: open, status: 'NEW' });
  const ignored = await read({ status: 'ignored' });
  expect(byName(ignored.byType)).toEqual({ TYPE_ERROR: 3 });
  expect(ignored.errors.map(({ status }) => status)).toEqual(['IGNORED', 'IGNORED', 'IGNORED']);
  expect((await read({ type: 'DATE_ERROR', before: '101' })).errors.map(({ id }) => id)).toEqual([
    100, 90, 80, 70, 60, 50, 40, 30, 20, 10,
  ]);
  await expect(read({ status: 'NEW' })).rejects.toThrow('There is no status "NEW"');
});

/** How many rows of the table the statements of the view read. */
const rowsRead = async (work: () => Promise<unknown>) => {
  const count = async () => {
    await query('select pg_stat_force_next_flush()');
    const [row] = await query<{ rows: number }>(
      `select (seq_tup_read + idx_tup_fetch)::float8 as rows from pg_stat_user_tables where relname = 'error_weather_data'`,
    );
    return row?.rows ?? 0;
  };
  const before = await count();
  await work();
  return (await count()) - before;
};

test.each(['', 'open', 'redriven', 'ignored'])(
  'the view reads a page of the errors, and not all of them: status "%s"',
  async (status) => {
    expect(await rowsRead(() => read({ status }))).toBeLessThan(1_000);
  },
);
