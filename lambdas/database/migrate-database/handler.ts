import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readConfig } from './config.ts';
import { databaseSchema } from './database-schema.ts';
import { migrateDatabase } from './migrate-database.ts';

const config = readConfig();
const database = connectDatabase(config.database);

/** Invoked by the deploy, which fails when this does. */
export const handler = async (): Promise<{ applied: string[] }> => {
  const applied = await migrateDatabase(database, databaseSchema);
  // From the first batch on, there is a partition for its rows. Every hour, tidy-observations does the same.
  await database.query('select roll_recent_observations($1)', [config.keepObservationDays]);
  log.info('migrated', { applied });
  return { applied };
};
