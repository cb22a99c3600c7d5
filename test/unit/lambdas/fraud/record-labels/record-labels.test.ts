import { expect, test } from '@jest/globals';
import { recordLabels } from '../../../../../lambdas/fraud/record-labels/record-labels.ts';
import { BadRecord } from '../../../../../lambdas/shared/failures/failures.ts';
import { file, platform } from './labels-platform.ts';

const errorsOf = ({ errors }: ReturnType<typeof platform>) =>
  errors.map(({ value, headers }) => {
    const { error_type, error_reason, raw_row, file_name } = JSON.parse(value);
    return { type: error_type, reason: error_reason, raw: raw_row, file: file_name, row: headers.row };
  });

const verdicts = ({ labels }: ReturnType<typeof platform>) =>
  Object.fromEntries([...labels].map(([id, { isFraud }]) => [id, isFraud]));

test.each([
  ['t1,maybe', 'TYPE_ERROR', 'isFraud: found "maybe", expected true or false, 1 or 0, fraud or legitimate'],
  ['t1', 'MISSING_FIELD', 'isFraud: found nothing, expected a value'],
  [',true', 'MISSING_FIELD', 'transactionId: found nothing, expected a value'],
  [
    't 1,true',
    'TYPE_ERROR',
    'transactionId: found "t 1", expected 1 to 64 characters of A-Z a-z 0-9 . _ : -',
  ],
  ['t1,true,2024-02-30T00:00:00Z', 'DATE_ERROR', 'labelledAt: found "2024-02-30T00:00:00Z", expected a date'],
  ['"t1,true', 'MALFORMED_ROW', 'found unclosed quote'],
])('the row %s is rejected with a reason, and the other rows are stored', async (row, type, reason) => {
  const world = platform('t0', 't2');
  const counts = await recordLabels(file('a.csv', `t0,true\n${row}\nt2,false\n`), world);
  expect(counts).toEqual({ rowsRead: 3, rowsValid: 2, rowsInvalid: 1 });
  expect(errorsOf(world)).toEqual([
    {
      type,
      reason: expect.stringContaining(`line 2: ${reason}`),
      raw: row,
      file: 'incoming/labels/a.csv',
      row: '2',
    },
  ]);
  expect(verdicts(world)).toEqual({ t0: true, t2: false });
});

test.each(['{"toString":1}', '["true"]', '[]'])(
  'the verdict %s of a JSON line is rejected, and the other lines are stored',
  async (verdict) => {
    const world = platform('t0', 't2');
    const line = (id: string, isFraud: string) => `{"transactionId":"${id}","isFraud":${isFraud}}`;
    const lines = [line('t0', 'true'), line('t1', verdict), line('t2', 'false')];
    await recordLabels(file('a.jsonl', lines.join('\n')), world);
    expect(errorsOf(world)).toMatchObject([{ type: 'TYPE_ERROR', row: '2' }]);
    expect(errorsOf(world)[0]?.reason).toContain(`isFraud: found ${verdict}`);
    expect(verdicts(world)).toEqual({ t0: true, t2: false });
  },
);

test('a broken line of JSON and a line that is too long are each one error', async () => {
  const world = platform('t1', 't2');
  const long = `{"transactionId":"t9","note":"${'x'.repeat(1_100_000)}"`;
  const counts = await recordLabels(
    file(
      'a.json',
      '{"transactionId":"t1","isFraud":true}\n{"trans\n',
      long,
      '"}\n[]\n{"transactionId":"t2","isFraud":1}',
    ),
    world,
  );
  expect(counts).toEqual({ rowsRead: 5, rowsValid: 2, rowsInvalid: 3 });
  expect(errorsOf(world).map(({ row, type }) => [row, type])).toEqual([
    ['2', 'MALFORMED_ROW'],
    ['3', 'MALFORMED_ROW'],
    ['4', 'MALFORMED_MESSAGE'],
  ]);
});

test('the complete elements of a cut-off array are stored, and the rest is one error', async () => {
  const world = platform('t1');
  await recordLabels(file('a.json', '[{"transactionId":"t1","isFraud":true},{"transactionId":"t2",'), world);
  expect(verdicts(world)).toEqual({ t1: true });
  expect(errorsOf(world)).toMatchObject([
    {
      row: '2',
      type: 'MALFORMED_ROW',
      reason: expect.stringContaining('element 2: found the end of the file inside an array'),
    },
  ]);
});

test('the first label of a transaction stays; a contradicting label is an error, and a repeated one is not', async () => {
  const world = platform('t1', 't2');
  await recordLabels(file('a.csv', 't1,true\nt1,true\nt1,false\nt2,false\n'), world);
  expect(await recordLabels(file('b.csv', 't2,true\nt1,true\n'), world)).toEqual({
    rowsRead: 2,
    rowsValid: 1,
    rowsInvalid: 1,
  });
  expect(verdicts(world)).toEqual({ t1: true, t2: false });
  expect(errorsOf(world)).toMatchObject([
    {
      type: 'CONTRADICTORY_LABEL',
      row: '3',
      reason:
        'line 3: t1: found legitimate, but incoming/labels/a.csv labelled it fraud; the first label stays',
    },
    { type: 'CONTRADICTORY_LABEL', row: '1', file: 'incoming/labels/b.csv', raw: 't2,true' },
  ]);
});

test('the label of a transaction that was never scored is an error, but is stored', async () => {
  const world = platform('t1');
  const counts = await recordLabels(file('a.csv', 't1,true\nearly,true\n'), world);
  expect(counts).toEqual({ rowsRead: 2, rowsValid: 1, rowsInvalid: 1 });
  expect(errorsOf(world)).toMatchObject([{ type: 'UNKNOWN_TRANSACTION', raw: 'early,true', row: '2' }]);
  expect(verdicts(world)).toEqual({ t1: true, early: true });
});

test('a file is ingested once; after a failure it is read again, with the same errors', async () => {
  const world = platform('t1');
  const rows = 't1,true\nbad row\nt1,false\nunknown,true\n';
  await expect(recordLabels(file('a.csv', rows, new Error('S3 is gone')), world)).rejects.toThrow(
    'S3 is gone',
  );
  expect(world.done.size).toBe(0);
  const counts = await recordLabels(file('a.csv', rows), world);
  expect(counts).toEqual({ rowsRead: 4, rowsValid: 1, rowsInvalid: 3 });
  expect(errorsOf(world).map(({ row }) => row)).toEqual(['2', '3', '4']);
  expect(await recordLabels(file('a.csv', rows), world)).toBeUndefined();
});

test('errors of a file with many batches come in the order of its rows', async () => {
  const scored = Array.from({ length: 2_500 }, (_, index) => `t${index}`);
  const world = platform(...scored);
  const rows = scored.map((id, index) => (index % 900 === 899 ? 'broken' : `${id},${index % 2}`));
  const counts = await recordLabels(file('a.csv', `transactionId,isFraud\n${rows.join('\n')}`), world);
  expect(counts).toEqual({ rowsRead: 2_500, rowsValid: 2_498, rowsInvalid: 2 });
  expect(errorsOf(world).map(({ row }) => row)).toEqual(['901', '1801']);
});

test('a file that cannot be read is one error', async () => {
  const world = platform();
  const unreadable = new BadRecord('UNREADABLE_FILE', 'archived');
  await recordLabels(file('a.gz', Buffer.from([0x1f, 0x8b, 0])), world);
  await recordLabels(file('b.csv', unreadable), world);
  expect(errorsOf(world).map(({ type, row, raw }) => [type, row, raw])).toEqual([
    ['UNREADABLE_FILE', '1', null],
    ['UNREADABLE_FILE', '1', null],
  ]);
});
