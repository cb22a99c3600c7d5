import { chance, pick } from './random.ts';
import type { Row } from './rows.ts';

export type Fault = 'missingField' | 'corruptNumber' | 'corruptDate';

const faults = ['missingField', 'corruptNumber', 'corruptDate'] as const;

const corruptNumbers = [
  'N/A',
  'null',
  '--',
  'NaN',
  'Infinity',
  '12,5',
  '1.2.3',
  '0x1F',
  '21C',
  '#REF!',
] as const;

const corruptDates = [
  '2024-02-30 12:00:00',
  '2024-13-01 00:00:00',
  '2024-04-31 08:15:00',
  '2024-06-01 24:30:00',
  '01/06/2024 12:00',
  '2024/06/01 12:00:00',
  '1717243200',
  'yesterday',
] as const;

const locationPlace = 0;
const datePlace = 1;
const firstNumberPlace = 2;
const numberCount = 4;

const replaced = (row: Row, place: number, cell: string): Row =>
  row.map((old, i) => (i === place ? cell : old));

/** The fault of a row, if any. It depends on the seed and the row number only. */
export const faultAt = (
  index: number,
  { seed, errorRate }: { seed: number; errorRate: number },
): Fault | undefined =>
  chance(seed, 101, index) < errorRate ? pick(faults, chance(seed, 102, index)) : undefined;

/** Puts a fault into a row. No reader can take the result for a valid row. */
export const corrupt = (row: Row, fault: Fault, { index, seed }: { index: number; seed: number }): Row => {
  const which = chance(seed, 103, index);
  switch (fault) {
    case 'missingField': {
      const place = Math.floor(which * row.length);
      return replaced(row, place, place === locationPlace && which < 0.08 ? '   ' : '');
    }
    case 'corruptNumber':
      return replaced(
        row,
        firstNumberPlace + Math.floor(which * numberCount),
        pick(corruptNumbers, chance(seed, 104, index)),
      );
    case 'corruptDate':
      return replaced(row, datePlace, pick(corruptDates, which));
  }
};
