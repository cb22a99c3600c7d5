import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect } from '@jest/globals';
import pg from 'pg';
import { databaseSchema } from '../../../lambdas/database/migrate-database/database-schema.ts';
import { migrateDatabase } from '../../../lambdas/database/migrate-database/migrate-database.ts';
import { createRoles, openDatabase } from '../../../lambdas/database/prepare-roles/prepare-roles.ts';
import { connectDatabase, type Database, type Query } from '../../../lambdas/shared/postgres/database.ts';
import {
  type DatabaseRole,
  databaseRoles,
  groupOf,
} from '../../../lambdas/shared/postgres/database-roles.ts';

/** The value of a variable that says where a real service is. A test that needs it fails without it. */
export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: this test needs the real service`);
  return value;
}

/** The user that the code of a test connects as: a login of a role, or the superuser of the server. */
type User = DatabaseRole | 'superuser';

/** The role of the functions that a test file is about: in `test/contract/lambdas/<pipeline>/<function>/`. */
function roleOfFunctions(testPath: string): User {
  const [, pipeline = '', folder = ''] = /contract\/lambdas\/([\w-]+)\/([\w-]+)/.exec(testPath) ?? [];
  if (['show-metrics', 'update-metrics'].includes(folder)) return 'metrics';
  if (pipeline === 'fraud') return 'fraud';
  return ['weather', 'errors', 'daily', 'shared'].includes(pipeline) ? 'weather' : 'superuser';
}

const loginPassword = 'test';
const loginOf = (role: DatabaseRole) => `test_${role}`;

/** Runs statements on the server's own database: roles belong to the whole server. */
async function administer(work: (query: Query) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: required('ISOBAR_TEST_POSTGRES_URL') });
  await client.connect();
  const query: Query = async (sql, values) => (await client.query(sql, values)).rows;
  await work(query).finally(() => client.end());
}

/** The roles, and for each a login of the tests. Those of the functions keep their passwords. */
async function createLogins(query: Query): Promise<void> {
  await query('begin');
  await createRoles(query);
  for (const role of databaseRoles) {
    const login = loginOf(role);
    const [existing] = await query('select from pg_roles where rolname = $1', [login]);
    if (existing) continue;
    await query(`create role ${login} login password '${loginPassword}' in role ${groupOf(role)}`);
    if (role === 'migrator') await query(`alter role ${login} set role = '${groupOf(role)}'`);
  }
  await query('commit');
}

/**
 * A database of its own for one test file, on a real Postgres: created before its tests and dropped after
 * them. The code under test connects as the role of its functions, so its tests prove the grants.
 */
export function testDatabase({
  migrated = true,
  as = roleOfFunctions(expect.getState().testPath ?? ''),
} = {}): {
  /** A further pool on the database, as another function would have. */
  connect: (user?: User) => Database;
  /** What a pool of another making connects with. */
  credentials: (user?: User) => {
    host: string;
    port: number;
    user: string;
    password: string;
    database: string;
  };
  /** As the superuser. */
  query: Query;
} {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const opened: Database[] = [];

  const credentials = (user = as) => {
    const url = new URL(required('ISOBAR_TEST_POSTGRES_URL'));
    const login =
      user === 'superuser'
        ? { user: url.username, password: url.password }
        : { user: loginOf(user), password: loginPassword };
    return { host: url.hostname, port: Number(url.port), ...login, database: name };
  };
  const connect = (user = as) => {
    const database = connectDatabase({ credentials: async () => credentials(user) });
    opened.push(database);
    return database;
  };

  let own: Database | undefined;
  beforeAll(async () => {
    await administer(createLogins);
    await administer((query) => query(`create database ${name}`));
    own = connect('superuser');
    await own.transaction(openDatabase);
    if (migrated) await migrateDatabase(connect('migrator'), databaseSchema);
  });
  afterAll(async () => {
    await Promise.all(opened.map((database) => database.close()));
    await administer((query) => query(`drop database ${name} with (force)`));
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
