import { describe, expect, test } from '@jest/globals';
import { correct, correctedText } from '../../../../bin/errors/correct.ts';
import type { Correction } from '../../../../bin/errors/options.ts';
import { observationWith } from '../../../fixtures/observations.ts';

const seoul = observationWith({ temperatureC: 1.5, humidityPct: 50, windSpeedKmh: 5 });
const message =
  '{"Location":"Seoul","Date_Time":"2024-01-01 00:00:01","Temperature_C":1.5,"Humidity_pct":null,"Precipitation_mm":0,"Wind_Speed_kmh":5}';
const row = 'Seoul,2024-01-01 00:00:01,1.5,50,0,5';

describe('a scored transaction', () => {
  const topic = 'transactions';
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
    expect(correctedText({ topic, rawRow: '{}', columns: null }, { row: scored })).toBe(scored);
  });

  test.each<[string, Correction, string]>([
    ['by a field', { fields: { Location: 'Seoul' } }, 'with --row'],
    ['by an observation', { row: message.replace('null', '50') }, 'transaction'],
  ])('a scored transaction cannot be corrected %s', (_, correction, complaint) => {
    expect(() => correctedText({ topic, rawRow: scored, columns: null }, correction)).toThrow(complaint);
  });
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
    expect(correct({ rawRow, columns: null }, correction)).toEqual(seoul);
  });

  test('a correction leaves a measure out that the message says was not taken', () => {
    const corrected = { fields: { Temperature_C: '1.5' } };
    const rawRow = message.replace('1.5', '"warm"');
    expect(correct({ rawRow, columns: null }, corrected)).toEqual({ ...seoul, humidityPct: null });
    expect(correct({ rawRow, columns: null }, { row: message })).toEqual({ ...seoul, humidityPct: null });
  });

  test('a correction finds the fields at the places they have in their file', () => {
    const swapped = { rawRow: 'ignored,50,Seoul,abc,0,2024-01-01 00:00:01', columns: '2,5,3,1,4,-1' };
    expect(correct(swapped, { fields: { Temperature_C: '1.5', Wind_Speed_kmh: '5' } })).toEqual(seoul);
    expect(() => correct(swapped, { fields: { Temperature_C: '1.5' } })).toThrow('Wind_Speed_kmh');
  });

  test.each<[string, string | null, Correction, string]>([
    [
      'a value out of its range',
      row,
      { fields: { Humidity_pct: '101' } },
      'Humidity_pct: found "101", expected 0 to 100',
    ],
    ['an unknown field', row, { fields: { Humidity: '50' } }, 'Unknown field Humidity: use Location'],
    ['a row that is still invalid', 'Seoul,x,abc,50,0,5', { fields: { Temperature_C: '1' } }, 'Date_Time'],
    ['a text that is not a row', null, { row: 'rubbish' }, 'Date_Time: found nothing'],
  ])('a correction with %s is refused', (_, rawRow, correction, complaint) => {
    expect(() => correct({ rawRow, columns: null }, correction)).toThrow(complaint);
  });
});
