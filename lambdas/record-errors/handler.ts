import { consume } from '../shared/consume.ts';
import { connectDatabase } from '../shared/database.ts';
import { log } from '../shared/log.ts';
import { readConfig } from './config.ts';
import { insertErrors } from './errors-table.ts';
import { recordErrors } from './record-errors.ts';

export const handler = consume({
  name: 'record-errors',
  database: connectDatabase(readConfig().database),
  log,
  apply: (partitions, query) => recordErrors(partitions, { store: (errors) => insertErrors(query, errors) }),
});
