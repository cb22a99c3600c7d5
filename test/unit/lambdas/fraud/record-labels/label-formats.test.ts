import { expect, test } from '@jest/globals';
import { recordLabels } from '../../../../../lambdas/fraud/record-labels/record-labels.ts';
import { sourceOf } from '../../../../../lambdas/shared/kafka/source.ts';
import { file, nowMs, platform } from './labels-platform.ts';

const timeMs = Date.UTC(2024, 0, 2, 3, 4, 5);
const forms: [string, string][] = [
  [
    'CSV with a header in another order',
    'label time,is_fraud,Transaction ID,labelled_at\nx,true,t1,2024-01-02T03:04:05Z\ny,0,t2,\n',
  ],
  ['CSV without a header', 't1,Fraud,2024-01-02T03:04:05Z\r\n\r\nt2,legitimate'],
  [
    'a file of JSON lines',
    '{"transactionId":"t1","isFraud":true,"labelledAt":"2024-01-02T03:04:05Z"}\n\n{"transaction_id":"t2","is_fraud":0}',
  ],
  [
    'a JSON array',
    '\ufeff [ {"transactionId": "t1",\n "isFraud": true, "note": "]}\\",{", "labelledAt": "2024-01-02T03:04:05Z"},{"transactionId":"t2","isFraud":"false"} ]\n',
  ],
];

const pieceBytes = [1, 7, 1_000_000];
const cases = forms.flatMap(([name, text]) => pieceBytes.map((bytes) => [name, bytes, text] as const));

test.each(cases)('%s is read in pieces of %d bytes', async (_, bytes, text) => {
  const world = platform('t1', 't2');
  const whole = Buffer.from(text);
  const pieces = [whole.subarray(0, 40)];
  for (let from = 40; from < whole.length; from += bytes) pieces.push(whole.subarray(from, from + bytes));
  expect(await recordLabels(file('a', ...pieces), world)).toEqual({
    rowsRead: 2,
    rowsValid: 2,
    rowsInvalid: 0,
  });
  const source = sourceOf('incoming/labels/a', 'etag');
  expect([...world.labels.values()]).toEqual([
    { transactionId: 't1', isFraud: true, labelledAtMs: timeMs, source },
    { transactionId: 't2', isFraud: false, labelledAtMs: nowMs, source },
  ]);
  expect(world.errors).toEqual([]);
});
