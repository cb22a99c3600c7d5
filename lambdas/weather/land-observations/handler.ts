import { log } from '../../shared/aws/log.ts';
import { consume } from '../../shared/exactly-once/consume.ts';
import { openLandedObjects } from '../../shared/exactly-once/landed-objects.ts';
import { sendDeadLetters } from '../../shared/failures/dead-letters.ts';
import { connectProducer } from '../../shared/kafka/kafka-producer.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readConfig } from './config.ts';
import { landObservations } from './land-observations.ts';
import { keepRecent, recentOf } from './recent-observations-table.ts';
import { addRowCounts } from './row-counts-by-day-table.ts';

const config = readConfig();
const lake = openLandedObjects({
  bucket: config.lakeBucket,
  contentType: 'application/vnd.apache.parquet',
});
const keepDays = config.keepObservationDays;
const producer = connectProducer(config.kafka);

export const handler = consume({
  name: 'land-observations',
  database: connectDatabase(config.database),
  epochs: config.epochs,
  log,
  apply: (partitions, query) => {
    const confirmLock = () => query('select 1');
    return landObservations(partitions, config.limits, {
      put: (key, encode) => lake.put(key, encode, confirmLock),
      confirmLock,
      sendDeadLetters: (letters) => sendDeadLetters(producer, letters),
      addRowCounts: (counts, objects) => addRowCounts(query, counts, objects),
      keepRecent:
        keepDays > 0 ? (rows) => keepRecent(query, recentOf(rows, keepDays, Date.now())) : undefined,
      now: Date.now,
    });
  },
});
