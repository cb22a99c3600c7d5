import { S3Client } from '@aws-sdk/client-s3';
import type { Context } from 'aws-lambda';
import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readConfig } from './config.ts';
import { landedLake } from './lake.ts';
import { readSettled } from './settled-offsets.ts';
import { readRequest, tidyObservations } from './tidy-observations.ts';
import { unusedDates } from './unused-dates.ts';

const config = readConfig();
const database = connectDatabase({ ...config.database, transactionMs: 300_000 });
const lake = landedLake(new S3Client(), config.lakeBucket);

/** A group of objects is merged in seconds. */
const reservedMs = 60_000;

/** Invoked every hour. With `{"dates": ["2024-01-01"]}`, it merges the objects of these ingest dates. */
export const handler = async (event: unknown, context: Context) => {
  const compacted = await tidyObservations(readRequest(event), {
    ...lake,
    ...unusedDates(database),
    settled: () => readSettled(database),
    rollDays: async () => {
      await database.query('select roll_recent_observations($1)', [config.keepObservationDays]);
    },
    isTimeUp: () => context.getRemainingTimeInMillis() < reservedMs,
    now: Date.now,
  });
  log.info('tidied', { compacted });
  return compacted;
};
