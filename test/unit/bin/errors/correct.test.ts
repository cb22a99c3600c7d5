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

  test('is corrected by another', () => {
    expect(correctedText({ topic, rawRow: '{}', columns: null }, { row: scored })).toBe(scored);
  });

  test.each<[string, Correction, string]>([
    ['by a field', { fields: { Location: 'Seoul' } }, 'use --row'],
    ['by an observation', { row: message.replace('null', '50') }, 'transaction'],
  ])('is not corrected %s', (_, correction, complaint) => {
    expect(() => correctedText({ topic, rawRow: scored, columns: null }, correction)).toThrow(complaint);
  });
});

describe('correct', () => {
  test.each<[string, string | null, Correction]>([
    ['a field of a row', 'Seoul,2024-01-01 00:00:01,abc,50,0,5', { fields: { Temperature_C: '1.5' } }],
    [
      'a field that the row ends before',
      'Seoul,2024-01-01 00:00:01,1.5,50,0',
      { fields: { Wind_Speed_kmh: '5' } },
    ],
    ['a field of a message', message, { fields: { Humidity_pct: '50' } }],
    ['the whole row, by another', 'rubbish', { row }],
    ['the whole row, by a message', null, { row: message.replace('null', '50') }],
  ])('mends %s', (_, rawRow, correction) => {
    expect(correct({ rawRow, columns: null }, correction)).toEqual(seoul);
  });

  test('finds the fields of a row where its file had them', () => {
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
    [
      'a field that does not exist',
      row,
      { fields: { Humidity: '50' } },
      'There is no field Humidity: choose from Location',
    ],
    [
      'a row of which something else is still wrong',
      'Seoul,x,abc,50,0,5',
      { fields: { Temperature_C: '1' } },
      'Date_Time',
    ],
    ['a row that is none', null, { row: 'rubbish' }, 'Date_Time: found nothing'],
  ])('refuses %s', (_, rawRow, correction, complaint) => {
    expect(() => correct({ rawRow, columns: null }, correction)).toThrow(complaint);
  });
});
