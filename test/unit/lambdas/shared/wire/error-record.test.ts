import { describe, expect, test } from '@jest/globals';
import {
  decodeErrorRecord,
  encodeErrorRecord,
  shortenRawRow,
} from '../../../../../lambdas/shared/wire/error-record.ts';

const record = {
  errorType: 'TYPE_ERROR',
  errorReason: 'line 3: Humidity_pct: found "x", expected a decimal number',
  rawRow: 'Seoul,x',
  timestampMs: Date.UTC(2024, 0, 1),
  fileName: 'incoming/observations/a.csv',
  retryCount: 0,
};

describe('an error record', () => {
  test('is encoded in the documented format', () => {
    expect(JSON.parse(encodeErrorRecord(record))).toEqual({
      error_type: 'TYPE_ERROR',
      error_reason: record.errorReason,
      raw_row: 'Seoul,x',
      timestamp: '2024-01-01T00:00:00.000Z',
      file_name: 'incoming/observations/a.csv',
      retry_count: 0,
    });
  });

  test('is read as it was encoded', () => {
    expect(decodeErrorRecord(JSON.parse(encodeErrorRecord(record)), 0)).toEqual(record);
  });

  test.each([
    [
      {},
      { errorType: 'UNKNOWN', errorReason: '', rawRow: null, fileName: null, retryCount: 0, timestampMs: 7 },
    ],
    [
      { error_type: 5, raw_row: { a: 1 } },
      { errorType: '5', rawRow: '{"a":1}' },
    ],
    [{ retry_count: '3' }, { retryCount: 3 }],
    [{ retry_count: 1e12 }, { retryCount: 0 }],
    [{ retry_count: 'many' }, { retryCount: 0 }],
    [{ timestamp: 'yesterday' }, { timestampMs: 7 }],
    [{ timestamp: '+275760-01-01T00:00:00Z' }, { timestampMs: 7 }],
    [{ timestamp: '2024-01-01T00:00:00Z' }, { timestampMs: Date.UTC(2024, 0, 1) }],
  ])('is read from %j', (wire, expected) => {
    expect(decodeErrorRecord(wire, 7)).toMatchObject(expected);
  });

  test.each([null, 1, 'text', [], undefined])('is not read from %j', (value) => {
    expect(decodeErrorRecord(value, 7)).toBeUndefined();
  });
});

describe('shortenRawRow', () => {
  test('a short row is not changed', () => {
    expect(shortenRawRow('서울,1')).toBe('서울,1');
  });

  test('a long row is cut, with its full length at the end', () => {
    expect(shortenRawRow('x'.repeat(8_193))).toBe(`${'x'.repeat(8_192)}… (8193 bytes in all)`);
  });

  test('the full length is added to a row of which only the start is known', () => {
    expect(shortenRawRow('abc', 10_000_000)).toBe('abc… (10000000 bytes in all)');
  });
});
