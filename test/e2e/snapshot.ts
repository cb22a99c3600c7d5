import pg from 'pg';
import type { Endpoints } from '../../localstack/endpoints.ts';

/**
 * A snapshot of the platform's database, as RDS takes and restores one: a copy of its files at one moment.
 * The roles and their passwords belong to the server, and stay.
 */
export function databaseSnapshot({ postgresUrl }: Pick<Endpoints, 'postgresUrl'>) {
  const name = new URL(postgresUrl).pathname.slice(1);
  const copy = `${name}_snapshot`;

  /** Runs statements on the server while nobody is connected to the database. */
  const alone = async (...statements: readonly string[]) => {
    const client = new pg.Client({
      connectionString: Object.assign(new URL(postgresUrl), { pathname: '/postgres' }).href,
    });
    await client.connect();
    try {
      await client.query(`alter database ${name} with allow_connections false`);
      // It returns when the sessions have ended, or after this time.
      await client.query('select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1', [
        name,
      ]);
      for (const statement of statements) await client.query(statement);
      await client.query(`alter database ${name} with allow_connections true`);
    } finally {
      await client.end();
    }
  };

  return {
    take: () => alone(`create database ${copy} template ${name}`),
    /** The database becomes what it was. */
    restore: () => alone(`drop database ${name}`, `alter database ${copy} rename to ${name}`),
  };
}
