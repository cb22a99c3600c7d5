import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  faultyFields,
  parseTime,
  timePattern,
  wrongType,
} from '../../../../../lambdas/shared/failures/fields.ts';

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

const isParsed = (text: string) => {
  try {
    parseTime('time', text);
    return true;
  } catch {
    return false;
  }
};

test('the published pattern of times takes what is parsed, and else only dates that do not exist', () => {
  const number = (max: number, digits: number) =>
    fc.integer({ min: 0, max }).map((each) => String(each).padStart(digits, '0'));
  const parts = fc.tuple(
    number(9_999, 4),
    number(14, 2),
    number(33, 2),
    number(25, 2),
    number(61, 2),
    number(61, 2),
  );
  const ends = fc.constantFrom('Z', '+00:00', '.5Z', '.123456789Z', '.Z', '', '+01:00', 'z');
  const pattern = new RegExp(timePattern);
  fc.assert(
    fc.property(parts, ends, ([year, month, day, hour, minute, second], end) => {
      const text = `${year}-${month}-${day}T${hour}:${minute}:${second}${end}`;
      const isNoDay = Number(day) > new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
      expect([text, pattern.test(text)]).toEqual([text, isParsed(text) || (pattern.test(text) && isNoDay)]);
    }),
    {
      numRuns: 5_000,
      examples: [
        [['1969', '12', '31', '23', '59', '59'], 'Z'],
        [['1970', '01', '01', '00', '00', '00'], 'Z'],
        [['2023', '02', '29', '00', '00', '00'], 'Z'],
      ],
    },
  );
});
