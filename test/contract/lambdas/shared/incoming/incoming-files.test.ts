import { describe, expect, test } from '@jest/globals';
import { findIncomingFile } from '../../../../../lambdas/shared/incoming/incoming-files.ts';
import { sourceId } from '../../../../../lambdas/shared/kafka/source.ts';
import { testBucket } from '../../test-bucket.ts';

const { bucket, client, put } = testBucket();

describe('findIncomingFile', () => {
  test('streams the file, whose source depends on its key and its ETag', async () => {
    const key = 'incoming/observations/서울 1+1.csv';
    const eTag = await put(key, 'a,b\n'.repeat(100_000));
    const file = await findIncomingFile(client(), { bucket, key, eTag: 'of an older version' });
    const chunks = [];
    for await (const chunk of file?.open() ?? []) chunks.push(chunk);
    expect(file).toMatchObject({
      key,
      eTag: eTag.replaceAll('"', ''),
      source: sourceId(`${key}@${eTag.replaceAll('"', '')}`),
    });
    expect(chunks.length).toBeGreaterThan(1);
    expect(Buffer.concat(chunks).toString()).toBe('a,b\n'.repeat(100_000));
  });

  test('finds nothing where a file was deleted', async () => {
    expect(await findIncomingFile(client(), { bucket, key: 'deleted', eTag: '' })).toBeUndefined();
  });

  test('throws when the bucket does not answer, so that it is tried again', async () => {
    const notice = { bucket: `${bucket}-none`, key: 'a', eTag: '' };
    await expect(findIncomingFile(client(), notice)).rejects.toThrow(`Reading s3://${bucket}-none/a failed`);
  });
});
