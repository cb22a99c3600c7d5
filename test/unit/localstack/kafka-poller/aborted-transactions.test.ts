import { expect, test } from '@jest/globals';
import {
  type AbortedTransaction,
  emptyAborted,
} from '../../../../localstack/kafka-poller/aborted-transactions.ts';
import type { RecordBatch } from '../../../../localstack/kafka-poller/record-batch.ts';
import { batchOf, recordAt } from './segments.ts';

/**
 * A log in shorthand: `p1:2` is two records of producer p1, `-p1` its abort marker, `+p1` its commit marker,
 * and `:3` three records outside a transaction.
 */
function logOf(text: string): RecordBatch[] {
  let offset = 0;
  return text.split(' ').map((one) => {
    const [, marker, producer = '', count = '1'] = one.match(/^([-+]?)(\w*):?(\d*)$/) ?? [];
    const records = Array.from({ length: Number(count || 1) }, (_, i) => recordAt(offset + i));
    offset += records.length;
    return {
      ...batchOf(records),
      count: marker ? 0 : records.length,
      producerId: producer || '-1',
      isTransactional: producer !== '',
      isAbortMarker: marker === '-',
    };
  });
}

const aborted = (...list: [producerId: string, firstOffset: number][]): AbortedTransaction[] =>
  list.map(([producerId, firstOffset]) => ({ producerId, firstOffset: String(firstOffset) }));

test.each<[string, string, AbortedTransaction[], number[]]>([
  ['without aborted transactions, all records stay', 'p1:2 +p1 :3', [], [2, 0, 3]],
  ['an aborted transaction loses its records', 'p1:2 -p1 :3', aborted(['p1', 0]), [0, 0, 3]],
  [
    'a later transaction of the same producer keeps its records',
    'p1:2 -p1 p1:1 +p1',
    aborted(['p1', 0]),
    [0, 0, 1, 0],
  ],
  [
    'an earlier transaction of the same producer keeps its records',
    'p1:2 +p1 p1:1 -p1',
    aborted(['p1', 3]),
    [2, 0, 0, 0],
  ],
  [
    'records that other producers sent meanwhile stay',
    'p1:1 p2:1 :1 p1:1 -p1 +p2',
    aborted(['p1', 0]),
    [0, 1, 1, 0, 0, 0],
  ],
  [
    'overlapping aborted transactions lose their records, in the order in which brokers list them',
    'p1:1 p2:1 p1:1 -p2 -p1',
    aborted(['p2', 1], ['p1', 0]),
    [0, 0, 0, 0, 0],
  ],
  [
    'a fetch that starts in the middle of two aborted transactions loses their records',
    'p2:1 p1:1 -p1 -p2 p1:1',
    aborted(['p1', -9], ['p2', -8]),
    [0, 0, 0, 0, 1],
  ],
  ['records of the same producer outside a transaction stay', 'p1:1 :2 -p1', aborted(['p1', 0]), [0, 2, 0]],
])('%s', (_name, log, transactions, left) => {
  const batches = logOf(log);
  emptyAborted(batches, transactions);
  expect(batches.map(({ count }) => count)).toEqual(left);
});
