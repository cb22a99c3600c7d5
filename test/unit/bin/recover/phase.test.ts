import { expect, test } from '@jest/globals';
import { phaseOf } from '../../../../bin/recover/recover.ts';

const mapping = (folder: string, isEnabled: boolean) => ({
  uuid: folder,
  folder,
  isEnabled,
  source: undefined,
});
const phase = (land: boolean, watch: boolean, settler: boolean) =>
  phaseOf({
    ofTopics: [mapping('land-observations', land), mapping('watch-weather', watch)],
    settler: mapping('record-failed-batches', settler),
  });

test.each([
  [true, true, true, 'running'],
  [false, false, true, 'running'],
  [true, false, false, 'running'],
  [false, false, false, 'paused'],
  [true, true, false, 'replaying'],
])('consumers enabled %s and %s, discarded batches settled %s: %s', (land, watch, settler, expected) => {
  expect(phase(land, watch, settler)).toBe(expected);
});
