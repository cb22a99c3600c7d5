import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { keyInSource, longSource, sourceId, sourceOf } from '../../../../../lambdas/shared/kafka/source.ts';

const key = fc.string({ unit: 'grapheme', minLength: 1 });
const eTag = fc.string({ unit: fc.constantFrom(...'0123456789abcdef-'), minLength: 1 });

test('the source of a file is the same on every day and in every function', () => {
  expect(sourceOf('incoming/observations/서울@1.csv', 'd41d8cd98f00b204e9800998ecf8427e')).toBe(
    '1xhvVSFlwsgg',
  );
});

test('the source of any file has 12 bytes, none of which needs an escape', () => {
  fc.assert(fc.property(key, eTag, (...file) => void expect(sourceOf(...file)).toMatch(/^[\w-]{12}$/)));
});

test('the older form of a source stands for the same id, and names the key, whatever is in it', () => {
  fc.assert(
    fc.property(key, eTag, (aKey, anETag) => {
      const older = longSource(aKey, anETag);
      expect(sourceId(older)).toBe(sourceOf(aKey, anETag));
      expect(keyInSource(older)).toBe(aKey);
    }),
  );
});

test('an id stands for itself, and names no key', () => {
  const id = sourceOf('a.csv', 'e');
  expect([sourceId(id), keyInSource(id)]).toEqual([id, undefined]);
});
