import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { measures } from '../../../../../lambdas/shared/wire/measures.ts';
import { observationFields } from '../../../../../lambdas/shared/wire/observation.ts';

const columns = Object.values(measures).map(({ column }) => column);
const read = (file: string) => readFileSync(path.join(import.meta.dirname, '../../../../..', file), 'utf8');

test('a file without a header has the measures in their order', () => {
  expect(observationFields.slice(2)).toEqual(Object.values(measures).map(({ name }) => name));
});

test.each(['glue-scripts/daily_summary.py', 'bench/daily_figures.py'])('%s has the same measures', (file) => {
  const [, list = ''] = /^MEASURES = \((.*)\)$/m.exec(read(file)) ?? [];
  expect([...list.matchAll(/"(\w+)"/g)].map(([, column]) => column)).toEqual(columns);
});

test('the tables of Postgres have columns for each measure', () => {
  const schema = read('lambdas/database/migrate-database/schema.sql');
  const tableWith = (suffix: string) =>
    [...schema.matchAll(new RegExp(`^  (\\w+)${suffix} +double precision`, 'gm'))].map(([, name]) => name);
  for (const suffix of ['_m2', '_variance', '_stddev']) expect(tableWith(suffix)).toEqual(columns);
});
