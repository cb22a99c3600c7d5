import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { databaseSchema } from '../../../../../lambdas/database/migrate-database/database-schema.ts';

const folder = join(import.meta.dirname, '../../../../../lambdas/database/migrate-database');

/** The SQL files below a folder, by name and in order. */
const filesOf = (name: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.startsWith(`${name}/`) && path.endsWith('.sql'))
    .sort()
    .map((path) => ({
      name: path.slice(name.length + 1, -'.sql'.length),
      sql: readFileSync(join(folder, path), 'utf8'),
    }));

test('the deploy applies every migration of the folder, in the order of their numbers', () => {
  expect(databaseSchema.migrations).toEqual(filesOf('migrations'));
  for (const { name } of databaseSchema.migrations) expect(name).toMatch(/^\d{4}-[a-z0-9-]+$/);
});

test('the deploy applies every function of the folder, and a file creates one function, of its own name', () => {
  const byName = databaseSchema.functions.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  expect(byName).toEqual(filesOf('functions'));
  for (const { name, sql } of byName)
    expect([name, sql.match(/create .*?\(/g)]).toEqual([name, [`create or replace function ${name}(`]]);
});
