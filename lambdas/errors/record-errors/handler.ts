import { log } from '../../shared/aws/log.ts';
import { consume } from '../../shared/exactly-once/consume.ts';
import { openLandedObjects } from '../../shared/exactly-once/landed-objects.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readConfig } from './config.ts';
import { insertErrors } from './errors-table.ts';
import { recordErrors } from './record-errors.ts';

const config = readConfig();
const lake = openLandedObjects({ bucket: config.lakeBucket, contentType: 'application/gzip' });

export const handler = consume({
  name: 'record-errors',
  database: connectDatabase(config.database),
  log,
  apply: (partitions, query) =>
    recordErrors(partitions, {
      store: (errors) => insertErrors(query, errors),
      put: (key, encode) => lake.put(key, encode, () => query('select 1')),
    }),
});
