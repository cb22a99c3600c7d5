import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { counters, readings, seriesNames } from '../../../../../lambdas/shared/metrics/metrics.ts';
import { alertTypes } from '../../../../../lambdas/shared/wire/alert-types.ts';
import { errorTypes } from '../../../../../lambdas/shared/wire/error-record.ts';

const functions = join(import.meta.dirname, '../../../../../lambdas/database/migrate-database/functions');
const sql = (name: string) => readFileSync(join(functions, `${name}.sql`), 'utf8');
const quoted = (text: string) => [...text.matchAll(/'(\w+)'/g)].map(([, word]) => word);

test('the labels of alerts and of stored errors are the types that the system knows', () => {
  expect(counters.weatherAlerts.labels.type).toEqual(Object.keys(alertTypes));
  expect(counters.errorsStored.labels.type).toEqual([...errorTypes, 'OTHER']);
  expect(readings.deadLettersOpen.labels.type).toEqual([...errorTypes, 'OTHER']);
});

test('the trigger on errors knows every error type, so that none counts as OTHER', () => {
  const [, known = ''] = /known constant text\[\] := array\[([^\]]+)\]/.exec(sql('count_errors')) ?? [];
  expect(quoted(known)).toEqual([...errorTypes]);
});

test.each([
  ['count_files', [counters.weatherFiles, counters.weatherFileRows]],
  ['count_errors', [counters.errorsStored]],
  ['count_alerts', [counters.weatherAlerts]],
])('the trigger %s adds to counters that are declared', (name, declared) => {
  const named = [...sql(name).matchAll(/add_to_counters\(\s*'(\w+)'/g)].map(([, counter]) => counter);
  expect(named).toEqual(declared.map((counter) => counter.name));
});

test('no two metrics share a name', () => {
  expect(new Set(seriesNames).size).toBe(seriesNames.length);
});
