import { expect, test } from '@jest/globals';
import { openBucket } from '../../../../../lambdas/shared/aws/bucket.ts';
import { testBucket } from '../../test-bucket.ts';

const { bucket, put, read } = testBucket();

test('an object is found with the text that was put, and with the tag of S3', async () => {
  const lake = openBucket(bucket);
  await lake.put('found/서울', '맑음');
  expect(await read('found/서울')).toBe('맑음');
  expect(await lake.find('found/서울')).toEqual({ text: '맑음', eTag: expect.stringContaining('"') });
  expect(await lake.read('found/서울')).toBe('맑음');
});

test('a missing object is not found, and cannot be read', async () => {
  const lake = openBucket(bucket);
  expect(await lake.find('missing')).toBeUndefined();
  await expect(lake.read('missing')).rejects.toThrow(
    `Reading s3://${bucket}/missing failed: there is no such object`,
  );
});

test('an object above the limit is not read', async () => {
  const lake = openBucket(bucket, { maxBytes: 5 });
  await put('five', 'x'.repeat(5));
  await put('six', 'x'.repeat(6));
  expect(await lake.read('five')).toBe('xxxxx');
  await expect(lake.find('six')).rejects.toMatchObject({
    message: `Reading s3://${bucket}/six failed`,
    cause: { message: 'found 6 bytes, expected at most 5' },
  });
});

test('more keys are removed than fit into one request, and a key without an object is no error', async () => {
  const lake = openBucket(bucket);
  const keys = Array.from({ length: 1_001 }, (_, n) => `removed/${n}`);
  await put('removed/0', 'x');
  await put('removed/1000', 'x');
  await lake.remove(keys);
  expect(await lake.find('removed/0')).toBeUndefined();
  expect(await lake.find('removed/1000')).toBeUndefined();
});

test('an error names the object', async () => {
  const nowhere = openBucket(`${bucket}-none`);
  await expect(nowhere.find('a')).rejects.toThrow(`Reading s3://${bucket}-none/a failed`);
  await expect(nowhere.put('a', 'x')).rejects.toThrow(`Putting s3://${bucket}-none/a failed`);
});
