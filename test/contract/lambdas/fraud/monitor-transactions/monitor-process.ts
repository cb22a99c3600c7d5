// A monitor as a process: handles batches from lines of JSON, reports each as done, and kills itself with
// SIGKILL after a given number of statements of one batch.
import { createInterface } from 'node:readline';
import { addCounts } from '../../../../../lambdas/fraud/monitor-transactions/counts-tables.ts';
import { monitorTransactions } from '../../../../../lambdas/fraud/monitor-transactions/monitor-transactions.ts';
import { insertNewPredictions } from '../../../../../lambdas/fraud/monitor-transactions/predictions-table.ts';
import { consume } from '../../../../../lambdas/shared/exactly-once/consume.ts';
import { connectDatabase } from '../../../../../lambdas/shared/postgres/database.ts';
import { bucketMs, challenger, references } from './monitored-transactions.ts';

const [credentials = '', killInBatch = '', killAfterStatements = ''] = process.argv.slice(2);
const database = connectDatabase({ credentials: async () => JSON.parse(credentials) });
let batch = 0;

const handle = consume({
  name: 'monitor-transactions',
  epochs: {},
  database: {
    transaction: async (work) => {
      let statements = 0;
      const dieWhenDue = () => {
        if (batch === Number(killInBatch) && statements++ === Number(killAfterStatements))
          process.kill(process.pid, 'SIGKILL');
      };
      const result = await database.transaction(async (query) => {
        dieWhenDue();
        return work(async (sql, values) => {
          const rows = await query(sql, values);
          dieWhenDue();
          return rows as never;
        });
      });
      dieWhenDue();
      return result;
    },
  },
  log: { info() {}, error() {} },
  apply: (partitions, query) =>
    monitorTransactions(partitions, bucketMs, {
      reject: async () => {},
      referenceOf: async (version) => references.get(version),
      insertNew: (predictions) => insertNewPredictions(query, predictions),
      count: (counts) => addCounts(query, counts),
      challenger: async () => challenger,
      now: Date.now,
    }),
});

for await (const line of createInterface({ input: process.stdin })) {
  await handle(JSON.parse(line));
  process.stdout.write('done\n');
  batch++;
}
await database.close();
