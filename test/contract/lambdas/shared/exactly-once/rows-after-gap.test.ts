import { expect, test } from '@jest/globals';
import { testDatabase } from '../../test-database.ts';

const { query } = testDatabase();

test('rows that were seen after a gap tell which records are copies, but not for records within the gap', async () => {
  await query(`insert into applied_offsets values ('c', 't', 0, 50, 50)`);
  await query(
    `insert into source_progress (consumer, topic, partition, source, since_offset, last_row)
     values ('c', 't', 0, 'a', 50, 9)`,
  );

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
