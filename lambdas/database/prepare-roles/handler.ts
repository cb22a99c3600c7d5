import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { fetchDatabaseCredentials } from '../../shared/postgres/database-secret.ts';
import { readConfig } from './config.ts';
import { prepareRoles } from './prepare-roles.ts';

const config = readConfig();
const database = connectDatabase(config.database);

/** Invoked by the deploy before migrate-database, as the master user. The deploy fails when this does. */
export const handler = async (): Promise<void> => {
  const logins = await Promise.all(
    config.secrets.map(async ({ role, arn }) => ({ role, ...(await fetchDatabaseCredentials(arn)) })),
  );
  await database.transaction((query) => prepareRoles(query, logins));
  log.info('prepared', { roles: logins.map(({ role }) => role) });
};
