import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Name = keyof typeof import('../../bench/measured.json', { with: { type: 'json' }});

interface Measurement {
  readonly value: number;
  readonly unit: string;
  readonly date: string;
  readonly source: string;
}

const measurements = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../bench/measured.json'), 'utf8'),
) as Readonly<Record<Name, Measurement>>;

/** What the benchmarks measured, in the unit of each name: `bench/measured.json` has dates and sources. */
export const measured = Object.fromEntries(
  Object.entries(measurements).map(([name, { value }]) => [name, value]),
) as Readonly<Record<Name, number>>;
