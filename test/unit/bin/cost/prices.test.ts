import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { assumptions } from '../../../../bin/cost/assumptions.ts';
import { priceList, unconfirmedPrices } from '../../../../bin/cost/prices.ts';

const root = join(import.meta.dirname, '../../../..');
const documentation = readFileSync(join(root, 'docs/cost.md'), 'utf8');
const measurements: Record<string, { value: number; unit: string; date: string; source: string }> =
  JSON.parse(readFileSync(join(root, 'bench/measured.json'), 'utf8'));

test('each price is of a document that is known, and each document has a date and an address', () => {
  const used = Object.values(priceList.prices).map(({ document }) => document);
  expect(new Set(used)).toEqual(new Set(Object.keys(priceList.documents)));
  for (const { url, date } of Object.values(priceList.documents))
    expect([url, date]).toEqual([
      expect.stringMatching(/^https:\/\//),
      expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
    ]);
  for (const { usd, per } of Object.values(priceList.prices)) expect(usd > 0 && per !== '').toBe(true);
});

test('each measurement has a date and the place that explains it', () => {
  for (const { value, unit, date, source } of Object.values(measurements)) {
    expect([value > 0, unit !== '', date]).toEqual([true, true, expect.stringMatching(/^\d{4}-\d\d-\d\d$/)]);
    expect(readFileSync(join(root, source.split(',')[0] ?? ''), 'utf8')).not.toBe('');
  }
});

test('docs/cost.md names each price that no document confirms, and each assumption', () => {
  for (const name of [...unconfirmedPrices(), ...Object.keys(assumptions)])
    expect(documentation).toContain(`\`${name}\``);
});
