import { expect, test } from '@jest/globals';
import { recordLine } from '../../../../../localstack/console/views/record-line.ts';

const message = { key: null, value: null, offset: '7', timestamp: '1000', headers: {} };

test('a record is shown with its headers as text, and bytes that are no text as digits', () => {
  const headers = {
    row: Buffer.from('12'),
    cause: [Buffer.from('one'), Buffer.from('two')],
    odd: Buffer.from([255]),
  };
  expect(recordLine(3, { ...message, key: Buffer.from('서울'), headers })).toEqual({
    partition: 3,
    offset: 7,
    timestampMs: 1_000,
    key: '서울',
    value: null,
    valueBytes: 0,
    headers: [
      ['row', '12'],
      ['cause', 'one'],
      ['cause', 'two'],
      ['odd', '0xff'],
    ],
    file: null,
  });
});

test('a long value is cut between two characters, with its whole size', () => {
  const value = Buffer.from('가'.repeat(10_000));
  const line = recordLine(0, { ...message, value });
  expect(line.valueBytes).toBe(30_000);
  expect(line.value).toMatch(/^가{5461}$/);
});
