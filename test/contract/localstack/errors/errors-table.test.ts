import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { exportErrors } from '../../../../bin/errors/export-errors.ts';
import { importErrors } from '../../../../bin/errors/import-errors.ts';
import { insertErrors } from '../../../../lambdas/errors/record-errors/errors-table.ts';
import type { StoredError } from '../../../../lambdas/errors/record-errors/stored-error.ts';
import { plausible } from '../../../../lambdas/shared/wire/limits.ts';
import { checkSelection } from '../../../../localstack/errors/check-selection.ts';
import { type ErrorGroup, errorsTable } from '../../../../localstack/errors/errors-table.ts';
import { fixMany } from '../../../../localstack/errors/fix-many.ts';
import { testDatabase } from '../../lambdas/test-database.ts';

const { connect, query } = testDatabase({ as: 'weather' });
const table = () => errorsTable(connect());

beforeEach(() => query('truncate error_weather_data restart identity'));

const error: StoredError = {
  errorType: 'TYPE_ERROR',
  errorReason: 'line 2: Temperature_C: found "abc", expected a decimal number',
  rawRow: 'Seoul,2024-01-01 00:00:01,abc,50,0,5',
  timestampMs: Date.UTC(2024, 7, 1, 23, 59),
  fileName: 'incoming/observations/seoul.csv',
  retryCount: 0,
  location: null,
  lineNumber: 2,
  columns: null,
  position: null,
  failedIn: null,
  firstFailedAtMs: null,
  cause: null,
};
const store = (...errors: Partial<StoredError>[]) =>
  insertErrors(
    query,
    errors.map((each) => ({ ...error, ...each })),
  );
const bothWrong = {
  errorReason:
    'line 3: Date_Time: found "x", expected YYYY-MM-DD HH:MM:SS; Temperature_C: found "abc", expected …',
  rawRow: 'Seoul,x,abc,50,0,5',
};

const counted = async (selection = {}, all = false) => {
  const groups = await table().groups(selection, { all });
  const of = (kind: ErrorGroup['by']) =>
    Object.fromEntries(
      groups.filter(({ by }) => by === kind).map(({ value, errors }) => [String(value), errors]),
    );
  return { type: of('type'), field: of('field'), file: of('file'), day: of('day') };
};

describe('the summary', () => {
  test('counts open errors by type, by each faulty field, by file and by day in UTC', async () => {
    await store(
      {},
      bothWrong,
      { errorType: 'BATCH_FAILED', errorReason: 'lost', fileName: null },
      {
        fileName: 'b.csv',
        timestampMs: Date.UTC(2024, 7, 2),
      },
    );
    expect(await counted()).toEqual({
      type: { TYPE_ERROR: 3, BATCH_FAILED: 1 },
      field: { Temperature_C: 3, Date_Time: 1 },
      file: { 'incoming/observations/seoul.csv': 2, 'b.csv': 1, null: 1 },
      day: { '2024-08-01': 3, '2024-08-02': 1 },
    });
    expect((await counted({ field: 'Date_Time' })).type).toEqual({ TYPE_ERROR: 1 });
    expect((await counted({ file: 'seoul', type: 'TYPE_ERROR' })).day).toEqual({ '2024-08-01': 2 });
    expect((await counted({ since: new Date('2024-08-02') })).type).toEqual({ TYPE_ERROR: 1 });
  });

  test('stays equal to the errors through corrections, redrives, deletions and a rollback', async () => {
    const agree = async () => {
      const direct = await counted({ since: new Date(0) });
      expect(await counted()).toEqual(direct);
      return Object.values(direct.type).reduce((sum, errors) => sum + errors, 0);
    };
    await store({}, {}, {}, bothWrong, bothWrong, { errorType: 'BATCH_FAILED' });
    expect(await agree()).toBe(6);
    await table().startRedriving([1, 2]);
    expect(await agree()).toBe(6);
    await table().markRedriven([1]);
    await table().ignore({ ids: [3] });
    expect(await agree()).toBe(4);
    await table().correct([{ id: 4, before: null, text: '{}', fields: ['Date_Time'] }]);
    expect(await agree()).toBe(4);
    await query(`delete from error_weather_data where id = 5`);
    expect(await agree()).toBe(3);
    await connect()
      .transaction(async (inTransaction) => {
        await insertErrors(inTransaction, [error]);
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    expect(await agree()).toBe(3);
    expect(await counted({}, true)).toMatchObject({ type: { TYPE_ERROR: 4, BATCH_FAILED: 1 } });
    await table().ignore({});
    expect(await query('select from open_error_counts')).toHaveLength(1);
    await query('truncate error_weather_data');
    expect(await query('select from open_error_counts')).toEqual([]);
  });

  test('writers at once count every error once, and none waits for another for ever', async () => {
    const databases = Array.from({ length: 4 }, connect);
    const types = ['A', 'B', 'C', 'D', 'E'];
    await Promise.all(
      databases.flatMap((database, place) =>
        Array.from({ length: 10 }, (_, n) =>
          insertErrors(
            database.query,
            (n % 2 ? types : types.toReversed()).map((errorType) => ({
              ...error,
              errorType,
              lineNumber: place,
            })),
          ),
        ),
      ),
    );
    expect((await counted()).type).toEqual(Object.fromEntries(types.map((type) => [type, 40])));
  });

  test('does not make one transaction wait for another', async () => {
    await store({});
    await connect().transaction(async (own) => {
      await insertErrors(own, [error]);
      await insertErrors(connect().query, [error]);
    });
    await store({});
    expect((await counted()).type).toEqual({ TYPE_ERROR: 4 });
    expect(await query('select from open_error_counts')).toHaveLength(1);
  });

  test('takes names of files and types of any length', async () => {
    await store({ fileName: 'f'.repeat(10_000), errorType: 'T'.repeat(10_000) });
    expect((await counted({ file: 'ffff' })).field).toEqual({ Temperature_C: 1 });
  });
});

describe('a selection', () => {
  const check = (selection: object) => checkSelection(selection, table());

  test('with a value that no error has is refused, with the nearest values', async () => {
    await store({}, { errorType: 'THEIR_OWN' });
    await expect(check({ type: 'TYPE_EROR' })).rejects.toThrow(
      '--type TYPE_EROR: no error has this type. The nearest known:\n  TYPE_ERROR',
    );
    await expect(check({ field: 'Temperature' })).rejects.toThrow('The nearest known:\n  Temperature_C');
    await expect(check({ file: 'soul.csv' })).rejects.toThrow(
      'The nearest known:\n  incoming/observations/seoul.csv',
    );
    await expect(check({ ids: [1, 99] })).rejects.toThrow('There is no error 99');
  });

  test('with a value that an error had once, or that is known, is accepted', async () => {
    await store({ errorType: 'THEIR_OWN' });
    await table().ignore({});
    await check({ type: 'THEIR_OWN', file: 'seoul', field: 'Temperature_C', ids: [1] });
    await check({ type: 'RANGE_ERROR', field: 'Humidity_pct' });
  });
});

describe('a correction of many errors', () => {
  const fix = (where: object, set: object, dryRun = false) =>
    fixMany({}, { where: { ...where }, set: { ...set }, dryRun }, { ...table(), limits: plausible });

  test('sets the fields of the rows with the given values, and tells what is still wrong', async () => {
    await store({}, bothWrong, { rawRow: 'Busan,2024-01-01 00:00:01,abc,50,0,5' }, { rawRow: 'Seoul,x' });
    await table().startRedriving([4]);
    const expected = {
      valid: 1,
      stillWrong: [{ id: 2, reason: 'Date_Time: found "x", expected YYYY-MM-DD HH:MM:SS' }],
      notCorrected: [{ id: 4, reason: 'It is REDRIVING: only NEW errors can be corrected' }],
    };
    expect(await fix({ Location: 'Seoul' }, { Temperature_C: '1.5' }, true)).toEqual(expected);
    expect(await query('select from error_weather_data where corrected is not null')).toEqual([]);
    expect(await fix({ Location: 'Seoul' }, { Temperature_C: '1.5' })).toEqual(expected);
    expect((await counted()).field).toEqual({ Temperature_C: 2, Date_Time: 1 });

    expect(await fix({ Date_Time: 'x' }, { Date_Time: '2024-01-01 00:00:01' })).toMatchObject({ valid: 1 });
    expect((await table().show(2)).corrected).toContain('"Temperature_C":1.5');
  });

  test('finds empty fields', async () => {
    await store({ rawRow: ',2024-01-01 00:00:01,1,50,0,5' }, {});
    expect(await fix({ Location: '' }, { Location: 'Seoul' })).toMatchObject({ valid: 1, stillWrong: [] });
  });

  test('does not undo what somebody else corrected meanwhile', async () => {
    await store({});
    const ports = table();
    const slow = {
      ...ports,
      limits: plausible,
      correct: async (corrections: Parameters<typeof ports.correct>[0]) => {
        await ports.correct([{ id: 1, before: null, text: '{"theirs":1}', fields: [] }]);
        return ports.correct(corrections);
      },
    };
    const bulk = { where: {}, set: { Temperature_C: '1' }, dryRun: false };
    expect(await fixMany({}, bulk, slow)).toMatchObject({ valid: 0, notCorrected: [{ id: 1 }] });
    expect((await table().show(1)).corrected).toBe('{"theirs":1}');
  });
});

test('errors go to a file, are corrected there, and come back, each once', async () => {
  await store(
    ...Array.from({ length: 2_500 }, (_, n) => ({ lineNumber: n, rawRow: `Place ${n},x,1,50,0,5` })),
  );
  const dir = await mkdtemp(path.join(tmpdir(), 'errors-'));
  const to = path.join(dir, 'bad.csv');
  const importIt = () =>
    importErrors(
      createReadStream(to),
      { encoding: undefined, dryRun: false },
      { ...table(), limits: plausible },
    );
  try {
    expect(await exportErrors({ type: 'TYPE_ERROR' }, { to, separator: ',' }, table())).toBe(2_500);
    await expect(exportErrors({}, { to, separator: ',' }, table())).rejects.toThrow('exists already');
    const file = await readFile(to, 'utf8');
    await writeFile(to, file.replaceAll(/(Place \d*[1-9]),x,/g, '$1,2024-01-01T00:00:01Z,'));
    expect(await importIt()).toEqual({ valid: 2_250, unchanged: 250, stillWrong: [], notTaken: [] });
    expect(await importIt()).toEqual({ valid: 0, unchanged: 2_500, stillWrong: [], notTaken: [] });
    expect((await counted()).field).toEqual({ Temperature_C: 250 });
    expect(await readdir(dir)).toEqual(['bad.csv']);
  } finally {
    await rm(dir, { recursive: true });
  }
});
