import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readFileNotices } from '../../../../lambdas/shared/incoming/file-notices.ts';
import { isOfFile, type RefusedFile, redriveFiles } from '../../../../localstack/errors/redrive-files.ts';
import { noticeOf } from '../../../../localstack/errors/refused-files.ts';
import { errorRowWith } from '../../../fixtures/error-rows.ts';

const refused = errorRowWith({ type: 'FORMAT_MISMATCH', rawRow: null, line: 1, fileName: 'incoming/a.csv' });
const file: RefusedFile = { source: 's1', key: 'incoming/a.csv', eTag: 'e1' };

function world({ eTag = 'e1' as string | undefined, known = true } = {}) {
  const asked: RefusedFile[] = [];
  const reopened: [string, number][] = [];
  return {
    asked,
    reopened,
    findFile: async () => (known ? file : undefined),
    eTagInLake: async () => eTag,
    reopen: async (source: string, id: number) => {
      reopened.push([source, id]);
      return true;
    },
    askIngest: async (each: RefusedFile) => void asked.push(each),
  };
}

test('errors of a whole file are told from those of rows and messages', () => {
  expect(isOfFile(refused)).toBe(true);
  expect(isOfFile({ ...refused, type: 'UNREADABLE_FILE' })).toBe(true);
  expect(isOfFile({ ...refused, rawRow: 'a,b' })).toBe(false);
  expect(isOfFile({ ...refused, corrected: '{}' })).toBe(false);
  expect(isOfFile({ ...refused, topic: 'error-data' })).toBe(false);
  expect(isOfFile({ ...refused, type: 'DATE_ERROR' })).toBe(false);
});

test('a file is asked for once, however many of its errors are redriven, and all of them are settled', async () => {
  const ports = world();
  expect(await redriveFiles([refused, { ...refused, id: 18 }], ports)).toEqual({
    settled: [17, 18],
    asked: ['incoming/a.csv'],
    invalid: [],
  });
  expect(ports.asked).toEqual([file]);
});

test('an error whose file was read again already is settled without asking', async () => {
  const ports = { ...world(), reopen: async () => false };
  expect(await redriveFiles([refused], ports)).toEqual({ settled: [17], asked: [], invalid: [] });
  expect(ports.asked).toEqual([]);
});

describe('is not asked for, with the reason', () => {
  test.each([
    ['a file that was deleted', { eTag: undefined as string | undefined }, 'was deleted: drop it again'],
    ['a file that was dropped again', { eTag: 'e2' }, 'was dropped again since'],
    ['a file that is not known', { known: false }, 'is not known'],
  ])('%s', async (_, state, reason) => {
    const ports = world(state);
    if ('eTag' in state && state.eTag === undefined) ports.eTagInLake = async () => undefined;
    const outcome = await redriveFiles([refused], ports);
    expect(outcome).toMatchObject({ settled: [], asked: [] });
    expect(outcome.invalid).toEqual([{ id: 17, reason: expect.stringContaining(reason) }]);
    expect(ports.reopened).toEqual([]);
  });
});

test('ingest reads the notice of a redrive as one of S3, whatever the name of the file', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (key) => {
      fc.pre(key.isWellFormed());
      expect(readFileNotices(noticeOf('lake', { key, eTag: 'e1' }))).toEqual([
        { bucket: 'lake', key, eTag: 'e1' },
      ]);
    }),
  );
});
