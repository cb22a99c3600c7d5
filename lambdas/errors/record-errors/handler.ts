import { consume } from '../shared/consume.ts';
import { connectDatabase } from '../shared/database.ts';
import { openLandedObjects } from '../shared/landed-objects.ts';
import { log } from '../shared/log.ts';
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
