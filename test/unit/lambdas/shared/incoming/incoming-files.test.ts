import { type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { describe, expect, test } from '@jest/globals';
import { BadRecord } from '../../../../../lambdas/shared/failures/failures.ts';
import { findIncomingFile } from '../../../../../lambdas/shared/incoming/incoming-files.ts';

/** An S3 client whose requests all fail with this error. */
const refusing = (name: string) =>
  ({
    send: async () => {
      throw new S3ServiceException({ name, $fault: 'client', $metadata: {} });
    },
  }) as object as S3Client;

const notice = { bucket: 'lake', key: 'incoming/observations/a.csv', eTag: 'e' };

describe('findIncomingFile', () => {
  test.each(['AccessDenied', 'KMS.DisabledException', 'SlowDown'])(
    '%s is thrown, so that the file waits in the queue',
    async (name) => {
      await expect(findIncomingFile(refusing(name), notice)).rejects.toThrow(
        'Reading s3://lake/incoming/observations/a.csv failed',
      );
    },
  );

  test('an archived file is found, and fails with BadRecord when it is read', async () => {
    const file = await findIncomingFile(refusing('InvalidObjectState'), notice);
    expect(file).toMatchObject({ key: 'incoming/observations/a.csv', eTag: 'e' });
    const firstChunk = file?.open()[Symbol.asyncIterator]().next();
    await expect(firstChunk).rejects.toThrow(BadRecord);
  });
});
