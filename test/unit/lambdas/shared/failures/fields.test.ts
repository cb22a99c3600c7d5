import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { faultyFields, wrongType } from '../../../../../lambdas/shared/failures/fields.ts';

describe('faultyFields', () => {
  test.each([
    ['line 12: Date_Time: found "2024-02-30", expected a date that exists', ['Date_Time']],
    [
      'Location: found nothing, expected a value; Humidity_pct: found "x", expected …',
      ['Location', 'Humidity_pct'],
    ],
    ['Temperature_C: found -999, which stands for a missing value', ['Temperature_C']],
    ['features.age: found {}, expected a number', ['features.age']],
    ['line 3: found 7 cells, expected 6', []],
    ['the header in line 4: found the columns "a", expected also Location', []],
    ['found gzip, expected CSV', []],
    ['', []],
  ])('%s is about the fields %j', (reason, fields) => {
    expect(faultyFields(reason)).toEqual(fields);
  });

  test('a value never adds a field, whatever it is', () => {
    const values = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.jsonValue());
    fc.assert(
      fc.property(values, fc.boolean(), (value, hostile) => {
        const found = hostile ? `"; Humidity_pct: found 1; ${JSON.stringify(value)}` : value;
        const { message } = wrongType('Temperature_C', found, 'a decimal number');
        expect(faultyFields(message)).toEqual(['Temperature_C']);
      }),
      { numRuns: 500 },
    );
  });

  test('no more than 20 fields are named', () => {
    const reason = Array.from({ length: 30 }, (_, n) => `field${n}: found nothing`).join('; ');
    expect(faultyFields(reason)).toHaveLength(20);
  });
});
