import { expect, test } from '@jest/globals';
import { modelLake } from '../../../../../lambdas/fraud/compare-models/lake.ts';
import { modelPointers } from '../../../../../lambdas/fraud/promote-model/model-pointers.ts';
import { openModelLake } from '../../../../../lambdas/fraud/score-transaction/model-lake.ts';
import { challengerModelKey } from '../../../../../lambdas/fraud/shared/model-version.ts';
import { testBucket } from '../../test-bucket.ts';

const { client, bucket } = testBucket();

test('of concurrent moves of the pointer from the same state, one succeeds', async () => {
  const { moveCurrent, currentVersion } = modelPointers(client(), bucket);
  const { readPointer } = modelLake(bucket);
  expect(await readPointer()).toBeUndefined();
  expect(await currentVersion()).toBeUndefined();
  const first = await Promise.all(['v1', 'v2'].map((version) => moveCurrent(version, null, 'shipped')));
  expect(first.toSorted()).toEqual([false, true]);

  const version = first[0] ? 'v1' : 'v2';
  const seen = await readPointer();
  expect(seen).toEqual({ version, previous: 'shipped', eTag: expect.stringContaining('"') });
  expect(await moveCurrent('v3', seen?.eTag ?? null, version)).toBe(true);
  expect(await moveCurrent('v4', seen?.eTag ?? null, version)).toBe(false);
  expect(await moveCurrent('v4', null, version)).toBe(false);
  expect(await currentVersion()).toBe('v3');
  expect(await readPointer()).toMatchObject({ version: 'v3', previous: version });
});

test('the challenger is named, replaced and withdrawn, and the model in use stays', async () => {
  const { nameChallenger, currentVersion } = modelPointers(client(), bucket);
  const inUse = await currentVersion();
  const { namedVersion } = openModelLake({ bucket, pointer: challengerModelKey });
  expect(await namedVersion()).toBeUndefined();
  for (const version of ['v5', 'v6', undefined, undefined]) {
    await nameChallenger(version);
    expect(await namedVersion()).toBe(version);
  }
  expect(await currentVersion()).toBe(inUse);
});
