import { expect, test } from '@jest/globals';
import { modelLake } from '../../../../lambdas/compare-models/lake.ts';
import { currentPointer } from '../../../../lambdas/promote-model/current-pointer.ts';
import { testBucket } from '../test-bucket.ts';

const { client, bucket, put } = testBucket();

test('the pointer moves once for each state of it that was seen', async () => {
  const { moveCurrent, currentVersion } = currentPointer(client(), bucket);
  const { readCurrent } = modelLake(client(), bucket);
  expect(await readCurrent()).toBeUndefined();
  expect(await currentVersion()).toBeUndefined();
  const first = await Promise.all(['v1', 'v2'].map((version) => moveCurrent(version, null)));
  expect(first.toSorted()).toEqual([false, true]);

  const version = first[0] ? 'v1' : 'v2';
  await put(`models/fraud/${version}/model.json`, 'the text of a model');
  const seen = await readCurrent();
  expect(seen).toEqual({ text: 'the text of a model', eTag: expect.stringContaining('"') });
  expect(await moveCurrent('v3', seen?.eTag ?? null)).toBe(true);
  expect(await moveCurrent('v4', seen?.eTag ?? null)).toBe(false);
  expect(await moveCurrent('v4', null)).toBe(false);
  expect(await currentVersion()).toBe('v3');
});
