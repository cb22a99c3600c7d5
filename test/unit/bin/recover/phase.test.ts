import { expect, test } from '@jest/globals';
import { phaseOf, whyNot } from '../../../../bin/recover/recover.ts';

const mapping = (folder: string, isEnabled: boolean) => ({
  uuid: folder,
  folder,
  isEnabled,
  source: undefined,
});
const consumers = (land: boolean, watch: boolean, settler: boolean) => ({
  ofTopics: [mapping('land-observations', land), mapping('watch-weather', watch)],
  settler: mapping('record-failed-batches', settler),
});
const phase = (land: boolean, watch: boolean, settler: boolean) => phaseOf(consumers(land, watch, settler));

test.each([
  [true, true, true, 'running'],
  [false, false, true, 'running'],
  [true, false, false, 'running'],
  [false, false, false, 'paused'],
  [true, true, false, 'replaying'],
])('consumers enabled %s and %s, discarded batches settled %s: %s', (land, watch, settler, expected) => {
  expect(phase(land, watch, settler)).toBe(expected);
});

test('a recovery that ended while it started consumers needs no second restore, and it says so', () => {
  expect(whyNot(consumers(true, false, false))).toMatch(
    /^These functions run: land-observations\. .+ \(watch-weather did not start\), .+ recover without a restore\. Nothing was changed\.$/,
  );
});

test.each([
  [true, true, true],
  [true, false, true],
])(
  'with consumers enabled %s and %s, and discarded batches settled %s, the database must be restored',
  (...enabled) => {
    expect(whyNot(consumers(...enabled))).not.toContain('without a restore');
  },
);
