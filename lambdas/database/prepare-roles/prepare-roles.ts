import type { Query } from '../../shared/postgres/database.ts';
import { type DatabaseRole, databaseRoles, groupOf, loginsOf } from '../../shared/postgres/database-roles.ts';
import { scramVerifier } from '../../shared/postgres/scram-verifier.ts';

/** A login of a role, as its secret has it. */
export interface Login {
  readonly role: DatabaseRole;
  readonly user: string;
  readonly password: string;
}

/**
 * Creates the roles and their logins where they are missing. A server has them once for all its databases.
 * Needs a user with `createrole`. Any number of calls at once are safe.
 */
export async function createRoles(query: Query): Promise<void> {
  // Any number will do that nothing else in this database locks.
  await query('select pg_advisory_xact_lock(5247111)');
  for (const role of databaseRoles) {
    const group = groupOf(role);
    await createRole(query, group, 'nologin');
    for (const login of loginsOf(role)) {
      await createRole(query, login, 'login');
      await query(`grant ${group} to ${login}`);
      // What a migration creates belongs to the group: the next one runs as the other login.
      if (role === 'migrator') await query(`alter role ${login} set role = '${group}'`);
    }
  }
}

async function createRole(query: Query, name: string, attributes: string): Promise<void> {
  const [existing] = await query('select from pg_roles where rolname = $1', [name]);
  if (!existing) await query(`create role ${name} ${attributes}`);
}

/**
 * Opens the database to the roles alone, and makes the migrator the owner of everything that the calling user
 * created in older releases. What each role may do with a table is in `grants.sql`.
 */
export async function openDatabase(query: Query): Promise<void> {
  const groups = databaseRoles.map(groupOf).join(', ');
  const migrator = groupOf('migrator');
  // To hand a table over, a user must be able to become its new owner.
  await query(`grant ${migrator} to current_user with inherit false, set true`);
  await query(`
    do $$
    declare
      owned record;
    begin
      execute format('revoke all on database %I from public', current_database());
      execute format('grant connect on database %I to ${groups}', current_database());
      grant usage on schema public to ${groups};
      grant create on schema public to ${migrator};
      for owned in
        select oid::regclass::text as name from pg_class
         where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
           and relowner = current_user::regrole
      loop
        execute 'alter table ' || owned.name || ' owner to ${migrator}';
      end loop;
      for owned in
        select oid::regprocedure::text as name from pg_proc
         where pronamespace = 'public'::regnamespace and proowner = current_user::regrole
      loop
        execute 'alter function ' || owned.name || ' owner to ${migrator}';
      end loop;
    end
    $$`);
}

/**
 * Sets the password of a login.
 * @throws Error for a user that is no login of the role
 */
export async function setPassword(query: Query, { role, user, password }: Login): Promise<void> {
  if (!loginsOf(role).includes(user))
    throw new Error(
      `The secret of the role ${role} has the user "${user}": expected ${loginsOf(role).join(' or ')}`,
    );
  await query(`alter role ${user} password '${scramVerifier(password)}'`);
}

/** Brings roles, logins, their passwords and the owner of the tables up to date. Safe to run again. */
export async function prepareRoles(query: Query, logins: readonly Login[]): Promise<void> {
  await createRoles(query);
  await openDatabase(query);
  for (const login of logins) await setPassword(query, login);
}
