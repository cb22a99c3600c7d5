import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { openCatalog } from './catalog.ts';
import { readConfig } from './config.ts';
import { publishDay } from './publish-day.ts';
import { publishedDays } from './published-days.ts';

const { database: settings, ...lake } = readConfig();
const database = connectDatabase(settings);
const movePartition = openCatalog(lake);

/** A state of the daily workflow, after the load: points the tables of the lake to the published result. */
export const handler = async ({ day }: { day: string }) => {
  const published = await database.transaction((query) =>
    publishDay(day, { ...publishedDays(query), movePartition }),
  );
  log.info('published', { day, ...published });
  return published;
};
