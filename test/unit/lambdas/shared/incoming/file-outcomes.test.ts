import { expect, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import { ingestMessages } from '../../../../../lambdas/shared/incoming/file-messages.ts';

test.each([
  ['a file with rows', { rowsRead: 2, rowsValid: 1, rowsInvalid: 1 }, 'file ingested'],
  ['a file that is empty', { rowsRead: 0, rowsValid: 0, rowsInvalid: 0 }, 'file ingested, it has no rows'],
  ['a file that was read before', undefined, 'file already ingested'],
])('the log tells of %s', async (_, counts, message) => {
  const logged: string[] = [];
  const ingest = ingestMessages({
    find: async ({ key }) => ({ key, eTag: 'e', source: 's', readAtMs: 0, async *open() {}, close() {} }),
    ingest: async () => counts,
    lease: () => ({ done() {}, failed: async () => {} }),
    log: { info: (text) => void logged.push(String(text)), error() {} },
  });
  const body = JSON.stringify({
    Records: [{ s3: { bucket: { name: 'lake' }, object: { key: 'a', eTag: 'e' } } }],
  });
  await ingest({ Records: [{ messageId: '1', body, attributes: {} }] } as unknown as SQSEvent);
  expect(logged).toEqual([message]);
});
