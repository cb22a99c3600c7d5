import { consume } from '../shared/consume.ts';
import { connectDatabase } from '../shared/database.ts';
import { connectProducer } from '../shared/kafka-producer.ts';
import { log } from '../shared/log.ts';
import { sendRejections } from '../shared/rejections.ts';
import { readConfig } from './config.ts';
import { addCounts } from './counts-tables.ts';
import { modelReferences } from './model-references.ts';
import { monitorTransactions } from './monitor-transactions.ts';
import { keepNewPredictions } from './predictions-table.ts';

const config = readConfig();
const producer = connectProducer(config.kafka);
const referenceOf = modelReferences({ bucket: config.lakeBucket, log });

export const handler = consume({
  name: 'monitor-transactions',
  database: connectDatabase(config.database),
  log,
  apply: (partitions, query) =>
    monitorTransactions(partitions, config.bucketMs, {
      reject: (rejections) => sendRejections(producer, rejections),
      referenceOf,
      keepNew: (predictions) => keepNewPredictions(query, predictions),
      count: (outcomes, features) => addCounts(query, outcomes, features),
      now: Date.now,
    }),
});
