import { expect, test } from '@jest/globals';
import { testDatabase } from '../../test-database.ts';

const { query } = testDatabase();

test('rows that were seen after a gap tell which records are copies, but not for records within the gap', async () => {
  await query(`insert into applied_offsets values ('c', 't', 0, 50, 50)`);
  await query(
    `insert into source_progress (consumer, topic, partition, source, last_gap_end, last_row)
     values ('c', 't', 0, 'a', 50, 9)`,
  );

  const claim = `select last_rows from claim_records('c', '{t}', '{0}', '{t}', '{0}', '{a}', '{}', '{}')`;
  expect(await query(claim)).toEqual([{ last_rows: [9] }]);
  const remaining = async (offset: number, row: number) => {
    const sql = `select remaining from drop_already_applied('{c}', '{t}', '{0}', array[$1]::float8[], array[$2], '{a}', array[$3]::float8[])`;
    return (await query<{ remaining: number[] }>(sql, [offset, `a:${row}`, row]))[0]?.remaining;
  };
  expect(await remaining(49, 8)).toEqual([1]);
  expect(await remaining(50, 7)).toEqual([]);
  expect(await remaining(50, 10)).toEqual([1]);
  expect(await query(claim)).toEqual([{ last_rows: [10] }]);
});
