import { createHash } from 'node:crypto';
import type { Database, Query } from '../../shared/postgres/database.ts';

export interface Migration {
  readonly name: string;
  readonly sql: string;
}

/**
 * Applies what was not applied yet, each in a transaction of its own, and returns the names of those.
 * Throws when a migration that was applied has been edited since.
 */
export async function migrateDatabase(
  database: Pick<Database, 'transaction'>,
  migrations: readonly Migration[],
): Promise<string[]> {
  await database.transaction(createHistory);
  const applied: string[] = [];
  for (const migration of migrations) {
    const isNew = await database.transaction((query) => applyOnce(query, migration));
    if (isNew) applied.push(migration.name);
  }
  return applied;
}

/** Any number, as long as nothing else in this database takes it: two deploys at once wait for each other on it. */
const advisoryLock = 5_247_109;

async function createHistory(query: Query): Promise<void> {
  await query('select pg_advisory_xact_lock($1)', [advisoryLock]);
  await query(`
    create table if not exists applied_migrations (
      name       text        primary key,
      checksum   text        not null,
      applied_at timestamptz not null default now()
    )`);
}

async function applyOnce(query: Query, { name, sql }: Migration): Promise<boolean> {
  const checksum = createHash('sha256').update(sql).digest('hex');
  await query('select pg_advisory_xact_lock($1)', [advisoryLock]);
  const [applied] = await query<{ checksum: string }>(
    'select checksum from applied_migrations where name = $1',
    [name],
  );
  if (applied && applied.checksum !== checksum)
    throw new Error(`Migration ${name} was edited after it was applied`);
  if (applied) return false;
  await query(sql);
  await query('insert into applied_migrations (name, checksum) values ($1, $2)', [name, checksum]);
  return true;
}
