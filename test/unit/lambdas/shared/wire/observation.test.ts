import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BadRecord } from '../../../../../lambdas/shared/failures/failures.ts';
import {
  encodeObservation,
  observationFromRow,
  observationFromWire,
} from '../../../../../lambdas/shared/wire/observation.ts';
import { observationWith, wireObservationWith } from '../../../../fixtures/observations.ts';

const row = ['Seoul', '2024-01-01 00:00:01', '12.3', '55', '0', '10.1'];
const wire = wireObservationWith();
const observation = observationWith();

const names = [
  'Location',
  'Date_Time',
  'Temperature_C',
  'Humidity_pct',
  'Precipitation_mm',
  'Wind_Speed_kmh',
];
const rowWith = (name: string, cell: string | undefined) => row.with(names.indexOf(name), cell as string);

function rejection(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof BadRecord) return `${error.errorType} ${error.message}`;
    throw error;
  }
  return 'accepted';
}

describe('an observation', () => {
  test('is the same from a row as from the wire', () => {
    expect(observationFromRow(row)).toEqual(observation);
    expect(observationFromWire(wire)).toEqual(observation);
  });

  test('is encoded in the documented wire format', () => {
    expect(encodeObservation(observation)).toBe(JSON.stringify(wire));
  });

  test('survives the wire, whatever its values', () => {
    const any = fc.record({
      location: fc.string({
        unit: fc.constantFrom('a', '"', '\\', ',', '서', '😀', '<'),
        minLength: 1,
        maxLength: 40,
      }),
      observedAtMs: fc
        .integer({ min: Date.UTC(1900, 0), max: Date.UTC(2199, 11) })
        .map((ms) => ms - (ms % 1000)),
      temperatureC: fc.double({ min: -100, max: 100, noNaN: true }).map((value) => value + 0),
      humidityPct: fc.double({ min: 0, max: 100, noNaN: true }).map((value) => value + 0),
      precipitationMm: fc.double({ min: 0, max: 10_000, noNaN: true }).map((value) => value + 0),
      windSpeedKmh: fc.double({ min: 0, max: 1_000, noNaN: true }).map((value) => value + 0),
      retry: fc.nat(),
    });
    fc.assert(
      fc.property(any, (value) =>
        expect(observationFromWire(JSON.parse(encodeObservation(value)))).toEqual(value),
      ),
    );
  });

  test.each([
    ['12.3', 12.3],
    ['-5', -5],
    ['+5', 5],
    ['1e2', 100],
    ['1.5E-1', 0.15],
    ['.5', 0.5],
    [' 7 ', 7],
  ])('takes %j for a decimal number', (cell, value) => {
    expect(observationFromRow(rowWith('Temperature_C', cell)).temperatureC).toBe(value);
  });

  test.each([
    '0x10',
    '1,5',
    'NaN',
    'Infinity',
    '-Infinity',
    '12abc',
    '1e',
    '1_000',
    '0b1',
    '--5',
    '٣',
    '1 2',
    '.',
  ])('does not take %j for a number', (cell) => {
    const reason = `TYPE_ERROR Temperature_C: found ${JSON.stringify(cell)}, expected a decimal number`;
    expect(rejection(() => observationFromRow(rowWith('Temperature_C', cell)))).toBe(reason);
  });

  test.each([
    ['Temperature_C', '100.1', 'expected -100 to 100'],
    ['Temperature_C', '-101', 'expected -100 to 100'],
    ['Temperature_C', '1e999', 'expected -100 to 100'],
    ['Humidity_pct', '-1', 'expected 0 to 100'],
    ['Precipitation_mm', '10001', 'expected 0 to 10000'],
    ['Wind_Speed_kmh', '1000.5', 'expected 0 to 1000'],
  ])('is out of range with %s %s', (name, cell, expected) => {
    expect(rejection(() => observationFromRow(rowWith(name, cell)))).toBe(
      `RANGE_ERROR ${name}: found "${cell}", ${expected}`,
    );
  });

  test.each([
    ['Temperature_C', '-100'],
    ['Temperature_C', '100'],
    ['Humidity_pct', '0'],
    ['Humidity_pct', '100'],
    ['Precipitation_mm', '10000'],
    ['Wind_Speed_kmh', '1000'],
  ])('is in range with %s %s', (name, cell) => {
    expect(rejection(() => observationFromRow(rowWith(name, cell)))).toBe('accepted');
  });

  test.each(names)('misses %s when its cell is blank or absent', (name) => {
    const reason = `MISSING_FIELD ${name}: found nothing, expected a value`;
    for (const cell of ['', '   ', undefined]) {
      expect(rejection(() => observationFromRow(rowWith(name, cell)))).toBe(reason);
    }
    expect(rejection(() => observationFromWire({ ...wire, [name]: null }))).toBe(reason);
  });

  test.each([
    '2024-02-29 23:59:59',
    '2000-02-29 00:00:00',
    '1969-12-31 23:59:59',
    '0001-01-01 00:00:00',
    '9999-12-31 23:59:59',
  ])('takes place at %s', (text) => {
    const { observedAtMs } = observationFromRow(rowWith('Date_Time', text));
    expect(new Date(observedAtMs).toISOString()).toBe(`${text.replace(' ', 'T')}.000Z`);
    expect(encodeObservation({ ...observation, observedAtMs })).toContain(`"Date_Time":"${text}"`);
  });

  test.each([
    '2024-02-30 00:00:00',
    '2023-02-29 00:00:00',
    '1900-02-29 00:00:00',
    '2024-13-01 00:00:00',
    '2024-00-01 00:00:00',
    '2024-04-31 00:00:00',
    '2024-01-00 00:00:00',
    '2024-01-01 24:00:00',
    '2024-01-01 00:60:00',
    '2024-01-01 00:00:60',
    '0000-01-01 00:00:00',
  ])('has no date %s', (text) => {
    const reason = `DATE_ERROR Date_Time: found "${text}", expected a date and time that exist`;
    expect(rejection(() => observationFromRow(rowWith('Date_Time', text)))).toBe(reason);
  });

  test.each([
    '2024-01-01',
    '2024-01-01T00:00:00',
    '2024-01-01 00:00',
    '01/01/2024 00:00:00',
    '2024-1-1 0:0:0',
    '2024-01-01 00:00:00Z',
    'yesterday',
  ])('is not dated %s', (text) => {
    const reason = `DATE_ERROR Date_Time: found "${text}", expected YYYY-MM-DD HH:MM:SS`;
    expect(rejection(() => observationFromRow(rowWith('Date_Time', text)))).toBe(reason);
  });

  test.each([
    [null, 'MALFORMED_MESSAGE found null, expected a JSON object'],
    [
      [wire],
      'MALFORMED_MESSAGE found [{"Location":"Seoul","Date_Time":"2024-01-01 00:00:01","Temp…, expected a JSON object',
    ],
    ['text', 'MALFORMED_MESSAGE found "text", expected a JSON object'],
    [{ ...wire, Temperature_C: '12.3' }, 'TYPE_ERROR Temperature_C: found "12.3", expected a decimal number'],
    [
      { ...wire, Temperature_C: Number.POSITIVE_INFINITY },
      'RANGE_ERROR Temperature_C: found Infinity, expected -100 to 100',
    ],
    [{ ...wire, Location: 7 }, 'TYPE_ERROR Location: found 7, expected text'],
    [
      { ...wire, Location: 'a\0b' },
      'TYPE_ERROR Location: found "a\\u0000b", expected text without control characters',
    ],
    [
      { ...wire, Location: '\ud800' },
      'TYPE_ERROR Location: found "\\ud800", expected text without control characters',
    ],
    [
      { ...wire, Date_Time: 1704067201 },
      'DATE_ERROR Date_Time: found 1704067201, expected YYYY-MM-DD HH:MM:SS',
    ],
    [{ ...wire, retry: -1 }, 'TYPE_ERROR retry: found -1, expected a count'],
  ])('is not %j', (value, reason) => {
    expect(rejection(() => observationFromWire(value))).toBe(reason);
  });

  test('of another producer may lack retry and have more fields', () => {
    const { retry, ...without } = wire;
    expect(observationFromWire({ ...without, station: 7 })).toEqual({ ...observation, retry: 0 });
    expect(retry).toBe(0);
  });

  test('has a location of 200 characters at most', () => {
    expect(rejection(() => observationFromRow(rowWith('Location', 'x'.repeat(200))))).toBe('accepted');
    expect(rejection(() => observationFromRow(rowWith('Location', 'x'.repeat(201))))).toMatch(
      /^RANGE_ERROR Location: /,
    );
  });
});
