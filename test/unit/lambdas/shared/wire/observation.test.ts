import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BadRecord } from '../../../../../lambdas/shared/failures/failures.ts';
import { type MeasureField, measureFields, measures } from '../../../../../lambdas/shared/wire/measures.ts';
import {
  encodeObservation,
  observationFromRow,
  observationFromWire,
} from '../../../../../lambdas/shared/wire/observation.ts';
import { judging, observationWith, wireObservationWith } from '../../../../fixtures/observations.ts';

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
    expect(observationFromRow(row, judging)).toEqual(observation);
    expect(observationFromWire(wire, judging)).toEqual(observation);
  });

  test('is encoded in the documented wire format', () => {
    expect(encodeObservation(observation)).toBe(JSON.stringify(wire));
  });

  const measure = (min: number, max: number) =>
    fc.double({ min, max, noNaN: true }).map((value) => value + 0);

  test('survives the wire, whatever its values', () => {
    const any = fc.record({
      location: fc.string({
        unit: fc.constantFrom('a', '"', '\\', ',', '서', '😀', '<'),
        minLength: 1,
        maxLength: 40,
      }),
      observedAtMs: fc
        .integer({ min: Date.UTC(1900, 0), max: Date.UTC(2031, 11) })
        .map((ms) => ms - (ms % 1000)),
      temperatureC: measure(-95, 60),
      humidityPct: fc.option(measure(0, 100)),
      precipitationMm: fc.option(measure(0, 2_000)),
      windSpeedKmh: fc.option(measure(0, 450)),
      retry: fc.nat(),
    });
    fc.assert(
      fc.property(any, (value) =>
        expect(observationFromWire(JSON.parse(encodeObservation(value)), judging)).toEqual(value),
      ),
    );
  });

  test.each([
    ['12.3', 12.3],
    ['-5', -5],
    ['+5', 5],
    ['5e1', 50],
    ['1.5E-1', 0.15],
    ['.5', 0.5],
    [' 7 ', 7],
  ])('takes %j for a decimal number', (cell, value) => {
    expect(observationFromRow(rowWith('Temperature_C', cell), judging).temperatureC).toBe(value);
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
    expect(rejection(() => observationFromRow(rowWith('Temperature_C', cell), judging))).toBe(reason);
  });

  test.each([
    ['Temperature_C', '60.1', 'expected -95 to 60'],
    ['Temperature_C', '-95.1', 'expected -95 to 60'],
    ['Temperature_C', '1e999', 'expected -95 to 60'],
    ['Humidity_pct', '-1', 'expected 0 to 100'],
    ['Precipitation_mm', '2001', 'expected 0 to 2000'],
    ['Wind_Speed_kmh', '450.5', 'expected 0 to 450'],
  ])('is out of range with %s %s', (name, cell, expected) => {
    expect(rejection(() => observationFromRow(rowWith(name, cell), judging))).toBe(
      `RANGE_ERROR ${name}: found "${cell}", ${expected}`,
    );
  });

  test.each([
    ['Temperature_C', '-95'],
    ['Temperature_C', '60'],
    ['Humidity_pct', '0'],
    ['Humidity_pct', '100'],
    ['Precipitation_mm', '2000'],
    ['Wind_Speed_kmh', '450'],
  ])('is in range with %s %s', (name, cell) => {
    expect(rejection(() => observationFromRow(rowWith(name, cell), judging))).toBe('accepted');
  });

  test.each(names)('misses %s when its cell is blank or absent', (name) => {
    const reason = `MISSING_FIELD ${name}: found nothing, expected a value`;
    for (const cell of ['', '   ', undefined]) {
      expect(rejection(() => observationFromRow(rowWith(name, cell), judging))).toBe(reason);
    }
    expect(rejection(() => observationFromWire({ ...wire, [name]: undefined }, judging))).toBe(reason);
  });

  test.each(['Location', 'Date_Time'])('misses %s when it is null on the wire', (name) => {
    expect(rejection(() => observationFromWire({ ...wire, [name]: null }, judging))).toBe(
      `MISSING_FIELD ${name}: found nothing, expected a value`,
    );
  });

  test.each(measureFields)('may say that %s was not taken, by null on the wire', (field) => {
    const without = { ...wire, [measures[field].name]: null };
    expect(observationFromWire(without, judging)).toEqual({ ...observation, [field]: null });
    expect(encodeObservation({ ...observation, [field]: null })).toBe(JSON.stringify(without));
  });

  test.each([undefined, '', '  ', '-9999', '999.9'])(
    'of a file where humidity is optional has none when its cell is %j',
    (cell) => {
      const optional = new Set<MeasureField>(['humidityPct']);
      expect(observationFromRow(rowWith('Humidity_pct', cell), { ...judging, optional })).toEqual({
        ...observation,
        humidityPct: null,
      });
    },
  );

  test.each([
    ['abc', 'TYPE_ERROR Humidity_pct: found "abc", expected a decimal number'],
    ['101', 'RANGE_ERROR Humidity_pct: found "101", expected 0 to 100'],
  ])('has a fault where an optional measure is %s', (cell, reason) => {
    const optional = new Set(measureFields);
    expect(rejection(() => observationFromRow(rowWith('Humidity_pct', cell), { ...judging, optional }))).toBe(
      reason,
    );
  });

  test('needs the measures that are not optional', () => {
    const optional = new Set(measureFields.filter((field) => field !== 'windSpeedKmh'));
    expect(
      rejection(() => observationFromRow([...row.slice(0, 2), '', '', '', ''], { ...judging, optional })),
    ).toBe('MISSING_FIELD Wind_Speed_kmh: found nothing, expected a value');
  });

  test('has at least one measure', () => {
    const reason =
      'MISSING_FIELD Temperature_C, Humidity_pct, Precipitation_mm, Wind_Speed_kmh: ' +
      'found nothing, expected at least one of them';
    const nothing = { Temperature_C: null, Humidity_pct: null, Precipitation_mm: null, Wind_Speed_kmh: null };
    expect(rejection(() => observationFromWire({ ...wire, ...nothing }, judging))).toBe(reason);
    const optional = new Set(measureFields);
    expect(rejection(() => observationFromRow(row.slice(0, 2), { ...judging, optional }))).toBe(reason);
    expect(observationFromWire({ ...wire, ...nothing, Wind_Speed_kmh: 0 }, judging).windSpeedKmh).toBe(0);
  });

  test.each([
    '2024-02-29 23:59:59',
    '2000-02-29 00:00:00',
    '1969-12-31 23:59:59',
    '1900-01-01 00:00:00',
    '2031-12-31 23:59:59',
  ])('takes place at %s', (text) => {
    const { observedAtMs } = observationFromRow(rowWith('Date_Time', text), judging);
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
    expect(rejection(() => observationFromRow(rowWith('Date_Time', text), judging))).toBe(reason);
  });

  test.each([
    '2024-01-01',
    '01/01/2024 00:00:00',
    '2024-1-1 0:0:0',
    '20240101T000000Z',
    '1704067201',
    'yesterday',
  ])('is not dated %s', (text) => {
    const reason = `DATE_ERROR Date_Time: found "${text}", expected YYYY-MM-DD HH:MM:SS`;
    expect(rejection(() => observationFromRow(rowWith('Date_Time', text), judging))).toBe(reason);
  });

  test.each([
    ['2024-01-01T00:00', '2024-01-01T00:00:00.000Z'],
    ['2024-01-01T12:00:01', '2024-01-01T12:00:01.000Z'],
    ['2024-01-01T12:00:01Z', '2024-01-01T12:00:01.000Z'],
    ['2024-01-01 12:00:01.987654Z', '2024-01-01T12:00:01.000Z'],
    ['2024-01-01T12:00:01+05:30', '2024-01-01T06:30:01.000Z'],
    ['2024-01-01T12:00+0530', '2024-01-01T06:30:00.000Z'],
    ['2024-01-01T01:00:00-0330', '2024-01-01T04:30:00.000Z'],
    ['2024-01-01T00:00:00+02', '2023-12-31T22:00:00.000Z'],
    ['2024-01-01 00:00:00 +00:00', '2024-01-01T00:00:00.000Z'],
  ])('in a file may be dated %s, which is %s', (text, utc) => {
    const { observedAtMs } = observationFromRow(rowWith('Date_Time', text), judging);
    expect(new Date(observedAtMs).toISOString()).toBe(utc);
  });

  test.each([
    '2024-02-30T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:00:00+19:00',
    '2024-01-01T00:00:00+05:75',
  ])('has no date %s in ISO 8601', (text) => {
    expect(rejection(() => observationFromRow(rowWith('Date_Time', text), judging))).toMatch(
      /expected a date and time that exist$/,
    );
  });

  test.each([
    ['1899-12-30 00:00:00', '1900 or later'],
    ['0001-01-01 00:00:00', '1900 or later'],
    ['2032-01-01 00:00:00', 'no later than 2031'],
    ['9999-12-31 23:59:59', 'no later than 2031'],
  ])('is not plausible at %s, received in 2030', (text, years) => {
    const reason = `DATE_ERROR Date_Time: found "${text}", expected a plausible date, ${years}`;
    expect(rejection(() => observationFromRow(rowWith('Date_Time', text), judging))).toBe(reason);
  });

  test('may be of any later year when nobody knows when it was received', () => {
    const unknown = { ...judging, receivedAtMs: -1 };
    expect(observationFromRow(rowWith('Date_Time', '2150-01-01 00:00:00'), unknown)).toBeDefined();
  });

  test.each([
    ['Temperature_C', '-9999'],
    ['Temperature_C', '-99.9'],
    ['Temperature_C', '999.9'],
    ['Humidity_pct', '999'],
    ['Precipitation_mm', '9999'],
    ['Precipitation_mm', '999.9'],
    ['Precipitation_mm', '-99.9'],
    ['Wind_Speed_kmh', '-999'],
    ['Wind_Speed_kmh', '999.9'],
  ])('misses %s where an instrument wrote %s for no value', (name, cell) => {
    const reason = `MISSING_FIELD ${name}: found "${cell}", which stands for a missing value`;
    expect(rejection(() => observationFromRow(rowWith(name, cell), judging))).toBe(reason);
  });

  test('takes a number that is a sentinel elsewhere where it is in range', () => {
    expect(observationFromRow(rowWith('Humidity_pct', '99.9'), judging).humidityPct).toBe(99.9);
    expect(observationFromRow(rowWith('Precipitation_mm', '99.9'), judging).precipitationMm).toBe(99.9);
  });

  test('of a file is told with everything that is wrong with it', () => {
    const cells = ['', '2024-02-30 00:00:00', 'abc', '101', '0', '1'];
    expect(rejection(() => observationFromRow(cells, judging))).toBe(
      'MISSING_FIELD Location: found nothing, expected a value; ' +
        'Date_Time: found "2024-02-30 00:00:00", expected a date and time that exist; ' +
        'Temperature_C: found "abc", expected a decimal number; Humidity_pct: found "101", expected 0 to 100',
    );
  });

  test('has one name for a location, however its letters were composed', () => {
    const decomposed = 'Zu\u0308rich';
    expect(observationFromRow(rowWith('Location', decomposed), judging).location).toBe('Zürich');
    expect(observationFromWire({ ...wire, Location: decomposed }, judging).location).toBe('Zürich');
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
      'RANGE_ERROR Temperature_C: found Infinity, expected -95 to 60',
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
    expect(rejection(() => observationFromWire(value, judging))).toBe(reason);
  });

  test('of another producer may lack retry and have more fields', () => {
    const { retry, ...without } = wire;
    expect(observationFromWire({ ...without, station: 7 }, judging)).toEqual({ ...observation, retry: 0 });
    expect(retry).toBe(0);
  });

  test('has a location of 200 characters at most', () => {
    expect(rejection(() => observationFromRow(rowWith('Location', 'x'.repeat(200)), judging))).toBe(
      'accepted',
    );
    expect(rejection(() => observationFromRow(rowWith('Location', 'x'.repeat(201)), judging))).toMatch(
      /^RANGE_ERROR Location: /,
    );
  });
});
