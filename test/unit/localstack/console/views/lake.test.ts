import { expect, test } from '@jest/globals';
import { whyNotReading } from '../../../../../localstack/console/views/lake.ts';

test('a statement that reads is run, whatever comments stand before it', () => {
  for (const sql of [
    'SELECT 1',
    'select*from t',
    ' -- a comment\n/* and\nanother */ with x as (select 1) select * from x',
    '(select 1) union (select 2)',
    'SHOW TABLES',
    'describe raw_observations',
    'EXPLAIN SELECT 1',
    'VALUES 1',
  ])
    expect([sql, whyNotReading(sql)]).toEqual([sql, undefined]);
});

test('a statement that could change the lake is refused with the command that runs it', () => {
  for (const sql of [
    'DROP TABLE x',
    'insert into t values (1)',
    '/* select */ CREATE TABLE x AS SELECT 1',
    'EXPLAIN ANALYZE SELECT 1',
    'explain  analyze insert into t values (1)',
    'selection',
    '',
    ';select 1',
    'MSCK REPAIR TABLE x',
  ])
    expect([sql, whyNotReading(sql)]).toEqual([sql, expect.stringContaining('`npm run athena`')]);
});
