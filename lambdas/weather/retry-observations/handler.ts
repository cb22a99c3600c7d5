import { log } from '../../shared/aws/log.ts';
import { consume } from '../../shared/exactly-once/consume.ts';
import { sendDeadLetters } from '../../shared/failures/dead-letters.ts';
import { fileNames } from '../../shared/incoming/ingested-files-table.ts';
import { connectProducer } from '../../shared/kafka/kafka-producer.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { giveUp } from '../../shared/retry/awaited-attempts.ts';
import { readConfig } from './config.ts';
import { countRetries } from './retry-counters.ts';
import { retryObservations } from './retry-observations.ts';
import { retryQueue } from './retry-queue.ts';

const config = readConfig();
const producer = connectProducer(config.kafka);
const delay = retryQueue(config.retryQueueUrl);

export const handler = consume({
  name: 'retry-observations',
  database: connectDatabase(config.database),
  epochs: config.epochs,
  log,
  apply: (partitions, query) =>
    retryObservations(partitions, config.limits, {
      delay,
      giveUp: (attempts) => giveUp(query, attempts),
      nameFiles: fileNames({ query }),
      deadLetter: (letters) => sendDeadLetters(producer, letters),
      count: (retries) => countRetries(query, retries),
      random: Math.random,
      now: Date.now,
    }),
});
