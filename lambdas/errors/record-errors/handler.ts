import { log } from '../../shared/aws/log.ts';
import { slackNudge } from '../../shared/aws/slack-nudge.ts';
import { consume } from '../../shared/exactly-once/consume.ts';
import { openLandedObjects } from '../../shared/exactly-once/landed-objects.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readConfig } from './config.ts';
import { insertErrors } from './errors-table.ts';
import { recordErrors } from './record-errors.ts';

const config = readConfig();
const lake = openLandedObjects({ bucket: config.lakeBucket, contentType: 'application/gzip' });

/** By then the first errors are due: notify-slack waits two seconds for the end of a burst. */
const nudgeDelaySeconds = 3;
const nudge = slackNudge(config.slackNudgeQueueUrl, nudgeDelaySeconds);

export const handler = consume({
  name: 'record-errors',
  database: connectDatabase(config.database),
  epochs: config.epochs,
  log,
  apply: (partitions, query) =>
    recordErrors(partitions, {
      store: (errors) => insertErrors(query, errors),
      put: (key, encode) => lake.put(key, encode, () => query('select 1')),
    }),
  // The batch is committed, so a failed nudge is not repeated: the sensor workflow finds the errors.
  afterCommit: async ({ stored }) => {
    if (stored > 0) await nudge(stored);
  },
});
