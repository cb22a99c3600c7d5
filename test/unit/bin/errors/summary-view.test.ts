import { expect, test } from '@jest/globals';
import { errorsIn, renderSummary } from '../../../../bin/errors/summary-view.ts';
import type { ErrorGroup } from '../../../../localstack/errors/errors-table.ts';
import { columns } from '../../../../localstack/terminal/text.ts';

const view = { width: 80, colour: false };

test('the summary has a table of types, fields, files and days, with shares and the next command', () => {
  const groups: ErrorGroup[] = [
    { by: 'type', value: 'TYPE_ERROR', errors: 1_199 },
    { by: 'type', value: 'BATCH_FAILED', errors: 1 },
    { by: 'field', value: 'Temperature_C', errors: 1_199 },
    { by: 'field', value: 'Date_Time', errors: 600 },
    { by: 'file', value: 'incoming/observations/a.csv', errors: 1_199 },
    { by: 'file', value: null, errors: 1 },
    { by: 'day', value: '2024-08-01', errors: 1_000 },
    { by: 'day', value: '2024-08-02', errors: 200 },
  ];
  expect(errorsIn(groups)).toBe(1_200);
  expect(renderSummary(groups, view)).toEqual([
    '1,200 errors',
    '',
    'errors  share  type',
    '───────────────────────────',
    ' 1,199   99 %  TYPE_ERROR',
    '     1   <1 %  BATCH_FAILED',
    '',
    'errors  share  field',
    '────────────────────────────',
    ' 1,199   99 %  Temperature_C',
    '   600   50 %  Date_Time',
    '',
    'errors  share  file',
    '──────────────────────────────────────────',
    ' 1,199   99 %  incoming/observations/a.csv',
    '     1   <1 %  no file: a message on Kafka',
    '',
    'errors  share  day (UTC)',
    '─────────────────────────',
    '   200   16 %  2024-08-02',
    ' 1,000   83 %  2024-08-01',
    '',
    'To see them: npm run errors -- list --type TYPE_ERROR',
  ]);
});

test('the largest ten of each kind are shown, the others counted, in 80 columns', () => {
  const groups = Array.from({ length: 25 }, (_, n): ErrorGroup[] => [
    { by: 'type', value: `TYPE_${n}`, errors: 100 - n },
    { by: 'file', value: `${'long/'.repeat(20)}${n}.csv`, errors: 100 - n },
  ]).flat();
  const lines = renderSummary(groups, view);
  expect(lines.filter((line) => line.startsWith('and 15 more, with 1,245 errors'))).toHaveLength(2);
  for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(80);
});

test('without errors, the summary says so', () => {
  expect(renderSummary([], view)).toEqual(['No errors.']);
});
