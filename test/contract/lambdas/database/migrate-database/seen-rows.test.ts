import { expect, test } from '@jest/globals';
import { migrateDatabase } from '../../../../../lambdas/database/migrate-database/migrate-database.ts';
import { migrations } from '../../../../../lambdas/database/migrate-database/migrations.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase({ migrated: false });

test('rows that were seen before stretches were noted tell what comes again, and nothing of what was given up before', async () => {
  const database = connect();
  await migrateDatabase(
    database,
    migrations.slice(
      0,
      migrations.findIndex(({ name }) => name === '0017-seen-rows'),
    ),
  );
  await query(`insert into applied_offsets values ('c', 't', 0, 50)`);
  await query(
    `insert into source_progress (consumer, topic, partition, source, last_row) values ('c', 't', 0, 'a', 9)`,
  );
  await migrateDatabase(database, migrations);

  const claim = `select last_rows from claim_records('c', '{t}', '{0}', '{t}', '{0}', '{a}', '{}', '{}')`;
  expect(await query(claim)).toEqual([{ last_rows: [9] }]);
  const owed = async (offset: number, row: number) => {
    const sql = `select owed from settle_twins('{c}', '{t}', '{0}', array[$1]::float8[], array[$2], '{a}', array[$3]::float8[])`;
    return (await query<{ owed: number[] }>(sql, [offset, `a:${row}`, row]))[0]?.owed;
  };
  expect(await owed(49, 8)).toEqual([1]);
  expect(await owed(50, 7)).toEqual([]);
  expect(await owed(50, 10)).toEqual([1]);
  expect(await query(claim)).toEqual([{ last_rows: [10] }]);
});
