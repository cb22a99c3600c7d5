import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from '@jest/globals';
import pg from 'pg';
import { databaseSchema } from '../../../lambdas/database/migrate-database/database-schema.ts';
import { migrateDatabase } from '../../../lambdas/database/migrate-database/migrate-database.ts';
import { connectDatabase, type Database, type Query } from '../../../lambdas/shared/postgres/database.ts';

/** The value of a variable that says where a real service is. A test that needs it fails without it. */
export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: this test needs the real service`);
  return value;
}

/**
 * A database of its own for one test file, on a real Postgres: created before its tests and dropped after
 * them.
 */
export function testDatabase({ migrated = true } = {}): {
  /** A further pool on the database, as another function would have. */
  connect: () => Database;
  /** What a pool of another making connects with. */
  credentials: () => { host: string; port: number; user: string; password: string; database: string };
  query: Query;
} {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const opened: Database[] = [];

  const credentials = () => {
    const url = new URL(required('ISOBAR_TEST_POSTGRES_URL'));
    return {
      host: url.hostname,
      port: Number(url.port),
      user: url.username,
      password: url.password,
      database: name,
    };
  };
  const connect = () => {
    const database = connectDatabase({ credentials: async () => credentials() });
    opened.push(database);
    return database;
  };

  const administer = async (sql: string) => {
    const client = new pg.Client({ connectionString: required('ISOBAR_TEST_POSTGRES_URL') });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };

  let own: Database | undefined;
  beforeAll(async () => {
    await administer(`create database ${name}`);
    own = connect();
    if (migrated) await migrateDatabase(own, databaseSchema);
  });
  afterAll(async () => {
    await Promise.all(opened.map((database) => database.close()));
    await administer(`drop database ${name} with (force)`);
  });

  return {
    connect,
    credentials,
    query: (sql, values) => {
      if (!own) throw new Error('The database is there only within a test');
      return own.query(sql, values);
    },
  };
}
