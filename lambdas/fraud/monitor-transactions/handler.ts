import { log } from '../../shared/aws/log.ts';
import { consume } from '../../shared/exactly-once/consume.ts';
import { sendDeadLetters } from '../../shared/failures/dead-letters.ts';
import { connectProducer } from '../../shared/kafka/kafka-producer.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { openModelLake } from '../score-transaction/model-lake.ts';
import { challengerModelKey } from '../shared/model-version.ts';
import { challengerModel } from './challenger-model.ts';
import { readConfig } from './config.ts';
import { addCounts } from './counts-tables.ts';
import { modelReferences } from './model-references.ts';
import { monitorTransactions } from './monitor-transactions.ts';
import { insertNewPredictions } from './predictions-table.ts';

const config = readConfig();
const producer = connectProducer(config.kafka);
const now = Date.now;
const { namedVersion, readModel } = openModelLake({ bucket: config.lakeBucket, pointer: challengerModelKey });
const challenger = challengerModel({ challengerVersion: namedVersion, readModel, now, log });
const referenceOf = modelReferences({ bucket: config.lakeBucket, log });

export const handler = consume({
  name: 'monitor-transactions',
  database: connectDatabase(config.database),
  epochs: config.epochs,
  log,
  apply: (partitions, query) =>
    monitorTransactions(partitions, config.bucketMs, {
      reject: (rejections) => sendDeadLetters(producer, rejections),
      referenceOf,
      insertNew: (predictions) => insertNewPredictions(query, predictions),
      count: (counts) => addCounts(query, counts),
      challenger,
      now,
    }),
});
