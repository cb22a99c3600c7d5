import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { currentPointer } from '../../../../../lambdas/fraud/promote-model/current-pointer.ts';
import { promoteModel } from '../../../../../lambdas/fraud/promote-model/promote-model.ts';

/** The pointer, as S3 keeps it: its tag is its content. */
function pointer(current?: string) {
  const world = {
    current,
    moveCurrent: async (version: string, eTag: string | null) => {
      if ((world.current ?? null) !== eTag) return false;
      world.current = version;
      return true;
    },
    currentVersion: async () => world.current,
  };
  return world;
}

test.each([null, 'old'])('a model comes into use in place of %s', async (eTag) => {
  const world = pointer(eTag ?? undefined);
  expect(await promoteModel({ version: 'new', eTag }, world)).toEqual({
    promoted: true,
    reason: 'new is in use',
  });
  expect(world.current).toBe('new');
});

test('a model that was compared with another than the one in use does not', async () => {
  const world = pointer('third');
  expect(await promoteModel({ version: 'new', eTag: 'old' }, world)).toEqual({
    promoted: false,
    reason: 'third came into use meanwhile',
  });
  expect(world.current).toBe('third');
});

test('asked again, since its answer was lost, it answers as before', async () => {
  const world = pointer('old');
  await promoteModel({ version: 'new', eTag: 'old' }, world);
  expect(await promoteModel({ version: 'new', eTag: 'old' }, world)).toMatchObject({ promoted: true });
});

test.each([
  [412, 'resolves'],
  [409, 'resolves'],
  [403, 'rejects'],
])('status %d of S3 %s', async (status, what) => {
  const s3 = new S3Client({ region: 'x', credentials: { accessKeyId: 'x', secretAccessKey: 'x' } });
  s3.middlewareStack.add(
    () => async () => {
      const $metadata = { httpStatusCode: status };
      throw new S3ServiceException({ name: 'Refused', $fault: 'client', $metadata });
    },
    { step: 'initialize' },
  );
  const moving = currentPointer(s3, 'lake').moveCurrent('new', '"old"');
  if (what === 'resolves') expect(await moving).toBe(false);
  else await expect(moving).rejects.toThrow('Putting s3://lake/models/fraud/current failed');
});
