import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { modelPointers } from '../../../../../lambdas/fraud/promote-model/model-pointers.ts';
import {
  promoteModel,
  readRequest,
  type ShadowRequest,
  shadowModel,
} from '../../../../../lambdas/fraud/promote-model/promote-model.ts';

/** The pointer in S3. Here its ETag is its content. */
function pointer(current?: string) {
  const world = {
    current,
    moveCurrent: async (version: string, eTag: string | null) => {
      if ((world.current ?? null) !== eTag) return false;
      world.current = version;
      return true;
    },
    currentVersion: async () => world.current,
    challenger: undefined as string | undefined,
    nameChallenger: async (version: string | undefined) => {
      world.challenger = version;
    },
  };
  return world;
}

test.each([null, 'old'])('a model is promoted in place of %s', async (eTag) => {
  const world = pointer(eTag ?? undefined);
  expect(await promoteModel({ version: 'new', eTag, before: 'old' }, world)).toEqual({
    promoted: true,
    reason: 'new is in use',
  });
  expect(world.current).toBe('new');
});

test('a model is not promoted if another was promoted since the comparison', async () => {
  const world = pointer('third');
  expect(await promoteModel({ version: 'new', eTag: 'old', before: 'old' }, world)).toEqual({
    promoted: false,
    reason: 'third was promoted meanwhile',
  });
  expect(world.current).toBe('third');
});

test('a repeated promotion has the same result', async () => {
  const world = pointer('old');
  await promoteModel({ version: 'new', eTag: 'old', before: 'old' }, world);
  expect(await promoteModel({ version: 'new', eTag: 'old', before: 'old' }, world)).toMatchObject({
    promoted: true,
  });
});

test('a model that is not better becomes the challenger, in place of any other', async () => {
  const world = pointer('old');
  for (const challenger of ['one', 'two', 'two'])
    expect(await shadowModel({ challenger }, world)).toEqual({ challenger });
  expect(world).toMatchObject({ current: 'old', challenger: 'two' });
  expect(readRequest({ challenger: 'two' })).toEqual({ challenger: 'two' });

  // By `npm run models -- shadow --stop`.
  await shadowModel(readRequest({ challenger: null }) as ShadowRequest, world);
  expect(world).toMatchObject({ current: 'old', challenger: undefined });
});

test.each([
  [412, 'means that the pointer has changed'],
  [409, 'means that the pointer has changed'],
  [403, 'is an error'],
])('status %d of the conditional put %s', async (status, meaning) => {
  const s3 = new S3Client({ region: 'x', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  s3.middlewareStack.add(
    () => async () => {
      const $metadata = { httpStatusCode: status };
      throw new S3ServiceException({ name: 'Refused', $fault: 'client', $metadata });
    },
    { step: 'initialize' },
  );
  const moving = modelPointers(s3, 'lake').moveCurrent('new', '"old"', 'old');
  if (meaning !== 'is an error') expect(await moving).toBe(false);
  else await expect(moving).rejects.toThrow('Writing s3://lake/models/fraud/current failed');
});
