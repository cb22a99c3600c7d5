import { createHash } from 'node:crypto';
import type { Database, Query } from '../../shared/postgres/database.ts';

export interface SqlFile {
  /** For a function, its name in the database. */
  readonly name: string;
  readonly sql: string;
}

export interface DatabaseSchema {
  /** Everything an empty database gets, except the functions. It includes the effect of every migration. */
  readonly schema: string;
  /** The changes since the first schema, in order. */
  readonly migrations: readonly SqlFile[];
  /** Each creates or replaces one function. */
  readonly functions: readonly SqlFile[];
  /** What each role may do. It replaces all earlier grants. */
  readonly grants: string;
}

/**
 * Brings a database up to date and returns the names of the files that it applied: to an empty database the
 * schema, to an older one the missing migrations, each in a transaction of its own; then the functions that
 * changed, and the grants.
 *
 * @throws Error when a migration was edited after it was applied
 */
export async function migrateDatabase(
  database: Pick<Database, 'transaction'>,
  { schema, migrations, functions, grants }: DatabaseSchema,
): Promise<string[]> {
  const applied = await alone(database, (query) => createSchema(query, schema, migrations));
  for (const migration of migrations)
    applied.push(...(await alone(database, (query) => applyMigration(query, migration))));
  const changed = await alone(database, async (query) => {
    const replaced = await applyFunctions(query, functions);
    await query(grants);
    return replaced;
  });
  applied.push(...changed);
  return applied;
}

/**
 * Two deploys at once take turns by this lock. Any number will do that nothing else in this database locks.
 */
const advisoryLock = 5_247_109;

const alone = <T>(database: Pick<Database, 'transaction'>, work: (query: Query) => Promise<T>): Promise<T> =>
  database.transaction(async (query) => {
    await query('select pg_advisory_xact_lock($1)', [advisoryLock]);
    return work(query);
  });

async function createSchema(query: Query, schema: string, migrations: readonly SqlFile[]): Promise<string[]> {
  const [found] = await query<{ exists: boolean }>(
    `select to_regclass('schema_history') is not null as exists`,
  );
  if (found?.exists) return [];
  await query(schema);
  for (const file of [{ name: 'schema', sql: schema }, ...migrations]) await remember(query, file);
  return ['schema'];
}

async function applyMigration(query: Query, migration: SqlFile): Promise<string[]> {
  const applied = await appliedChecksum(query, migration);
  if (applied === checksumOf(migration)) return [];
  if (applied !== undefined)
    throw new Error(`Migration ${migration.name} was edited after it was applied: add another one instead`);
  await query(migration.sql);
  await remember(query, migration);
  return [migration.name];
}

async function applyFunctions(query: Query, functions: readonly SqlFile[]): Promise<string[]> {
  const applied: string[] = [];
  for (const file of functions) {
    if ((await appliedChecksum(query, file)) === checksumOf(file)) continue;
    await replaceFunction(query, file);
    await remember(query, file);
    applied.push(file.name);
  }
  return applied;
}

/**
 * Replaces a function in place, which disturbs no call of it. Postgres refuses that for another result or
 * other parameter names, and with other parameter types it creates a second function: then the old one is
 * dropped.
 */
async function replaceFunction(query: Query, { name, sql }: SqlFile): Promise<void> {
  const before = await functionsNamed(query, name);
  await query('savepoint before_replace');
  try {
    await query(sql);
  } catch (error) {
    if (codeOf(error) !== invalidFunctionDefinition) throw error;
    await query('rollback to savepoint before_replace');
    await dropFunctions(query, before);
    await query(sql);
    return;
  }
  const after = await functionsNamed(query, name);
  if (after.length > before.length) await dropFunctions(query, before);
}

/** https://www.postgresql.org/docs/18/errcodes-appendix.html */
const invalidFunctionDefinition = '42P13';

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);

/** With their parameter types, as in `merge(bigint,bigint)`. */
async function functionsNamed(query: Query, name: string): Promise<string[]> {
  const rows = await query<{ signature: string }>(
    `select oid::regprocedure::text as signature
       from pg_proc
      where proname = $1 and pronamespace = current_schema()::regnamespace`,
    [name],
  );
  return rows.map(({ signature }) => signature);
}

async function dropFunctions(query: Query, signatures: readonly string[]): Promise<void> {
  for (const signature of signatures) await query(`drop function ${signature}`);
}

async function appliedChecksum(query: Query, { name }: SqlFile): Promise<string | undefined> {
  const [applied] = await query<{ checksum: string }>('select checksum from schema_history where name = $1', [
    name,
  ]);
  return applied?.checksum;
}

const checksumOf = ({ sql }: SqlFile): string => createHash('sha256').update(sql).digest('hex');

async function remember(query: Query, file: SqlFile): Promise<void> {
  await query(
    `insert into schema_history (name, checksum) values ($1, $2)
         on conflict (name) do update set checksum = excluded.checksum, applied_at = excluded.applied_at`,
    [file.name, checksumOf(file)],
  );
}
