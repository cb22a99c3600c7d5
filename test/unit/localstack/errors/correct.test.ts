import { describe, expect, test } from '@jest/globals';
import { plausible } from '../../../../lambdas/shared/wire/limits.ts';
import { encodeObservation } from '../../../../lambdas/shared/wire/observation.ts';
import { correctRow, fieldCells, observationOfError } from '../../../../localstack/errors/correct.ts';
import type { Correction } from '../../../../localstack/errors/selection.ts';
import { observationWith } from '../../../fixtures/observations.ts';

type Row = Parameters<typeof correctRow>[0];
const correct = (row: Partial<Row>, correction: Correction, limits = plausible) =>
  correctRow({ topic: null, rawRow: null, columns: null, corrected: null, ...row }, correction, limits);

const seoul = observationWith({ temperatureC: 1.5, humidityPct: 50, windSpeedKmh: 5 });
const valid = { text: encodeObservation(seoul), fields: [] };
const message =
  '{"Location":"Seoul","Date_Time":"2024-01-01 00:00:01","Temperature_C":1.5,"Humidity_pct":null,"Precipitation_mm":0,"Wind_Speed_kmh":5}';
const row = 'Seoul,2024-01-01 00:00:01,1.5,50,0,5';

describe('a scored transaction', () => {
  const topic = 'transactions@1';
  const scored = JSON.stringify({
    transaction: {
      transactionId: 't',
      accountId: 'a',
      amount: 1,
      currency: 'EUR',
      merchantCategory: 'travel',
      country: 'KR',
      channel: 'pos',
      time: '2026-03-01T00:00:00Z',
    },
    features: {},
    score: 0.5,
    fraud: false,
    modelVersion: 'v1',
    scoredAt: '2026-03-01T00:00:00Z',
  });

  test('a scored transaction is corrected by a whole new row', () => {
    expect(correct({ topic, rawRow: '{}' }, { row: scored })).toEqual({ text: scored, fields: [] });
  });

  test.each<[string, Correction, string]>([
    ['by a field', { fields: { Location: 'Seoul' } }, 'with --row'],
    ['by an observation', { row: message.replace('null', '50') }, 'transaction'],
  ])('a scored transaction cannot be corrected %s', (_, correction, complaint) => {
    expect(() => correct({ topic, rawRow: scored }, correction)).toThrow(complaint);
  });
});

test('a field of a JSON row that is an object is shown as JSON', () => {
  const rawRow = '{"Location":{"toString":1},"Date_Time":["2024-01-01"],"Temperature_C":1.5}';
  const [location, time, temperature] = fieldCells({ rawRow, columns: null, corrected: null });
  expect([location, time, temperature]).toEqual(['{"toString":1}', '["2024-01-01"]', '1.5']);
});

describe('correct', () => {
  test.each<[string, string | null, Correction]>([
    ['one field of a CSV row', 'Seoul,2024-01-01 00:00:01,abc,50,0,5', { fields: { Temperature_C: '1.5' } }],
    [
      'a field after the end of the row',
      'Seoul,2024-01-01 00:00:01,1.5,50,0',
      { fields: { Wind_Speed_kmh: '5' } },
    ],
    ['one field of a JSON message', message, { fields: { Humidity_pct: '50' } }],
    ['the whole row, by CSV', 'rubbish', { row }],
    ['the whole row, by JSON', null, { row: message.replace('null', '50') }],
  ])('a correction replaces %s', (_, rawRow, correction) => {
    expect(correct({ rawRow }, correction)).toEqual(valid);
  });

  test('a correction leaves a measure out that the message says was not taken', () => {
    const corrected = { fields: { Temperature_C: '1.5' } };
    const rawRow = message.replace('1.5', '"warm"');
    const withoutHumidity = { text: encodeObservation({ ...seoul, humidityPct: null }), fields: [] };
    expect(correct({ rawRow }, corrected)).toEqual(withoutHumidity);
    expect(correct({ rawRow }, { row: message })).toEqual(withoutHumidity);

    const first = correct({ rawRow: rawRow.replace('Seoul', '') }, corrected);
    expect(first.fields).toEqual(['Location']);
    expect(correct({ rawRow, corrected: first.text }, { fields: { Location: 'Seoul' } })).toEqual(
      withoutHumidity,
    );
  });

  test('a correction finds the fields at the places they have in their file', () => {
    const swapped = { rawRow: 'ignored,50,Seoul,abc,0,2024-01-01 00:00:01', columns: '2,5,3,1,4,-1' };
    expect(correct(swapped, { fields: { Temperature_C: '1.5', Wind_Speed_kmh: '5' } })).toEqual(valid);
    expect(correct(swapped, { fields: { Temperature_C: '1.5' } }).fields).toEqual(['Wind_Speed_kmh']);
  });

  test('later corrections add to earlier ones, and each tells all that is still wrong', () => {
    const rawRow = 'Seoul,yesterday,abc,50,0,5';
    const first = correct({ rawRow }, { fields: { Temperature_C: '1.5' } });
    expect(first.fields).toEqual(['Date_Time']);
    expect(first.fault).toBe('Date_Time: found "yesterday", expected YYYY-MM-DD HH:MM:SS');
    expect(() => observationOfError({ rawRow, corrected: first.text }, plausible)).toThrow(
      /^Date_Time: found/,
    );
    const second = correct(
      { rawRow, corrected: first.text },
      { fields: { Date_Time: '2024-01-01T00:00:01Z' } },
    );
    expect(second).toEqual(valid);
    expect(observationOfError({ rawRow, corrected: second.text }, plausible)).toEqual(seoul);
  });

  test('a correction that makes a row worse is kept, with its fault', () => {
    expect(correct({ rawRow: row }, { fields: { Humidity_pct: '101' } })).toMatchObject({
      fields: ['Humidity_pct'],
      fault: 'Humidity_pct: found "101", expected 0 to 100',
    });
  });

  test('the limits of the stage decide what is valid', () => {
    const strict = { ...plausible, temperatureC: { min: 2, max: 40 } };
    expect(correct({ rawRow: row }, { fields: {} }, strict).fields).toEqual(['Temperature_C']);
    expect(() =>
      observationOfError({ rawRow: message.replace('null', '50'), corrected: null }, strict),
    ).toThrow('Temperature_C: found 1.5, expected 2 to 40');
  });

  test('the error of a whole file has no fields to correct', () => {
    expect(() => correct({}, { fields: { Humidity_pct: '1' } })).toThrow('of a whole file');
  });

  test('a text that is no row is refused', () => {
    expect(() => correct({}, { row: 'rubbish' })).toThrow('Date_Time: found nothing');
  });
});
