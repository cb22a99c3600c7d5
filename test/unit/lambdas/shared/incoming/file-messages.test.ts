import { describe, expect, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import { ingestMessages } from '../../../../../lambdas/shared/incoming/file-messages.ts';
import type { FileNotice } from '../../../../../lambdas/shared/incoming/file-notices.ts';

const notification = (key: string) => ({
  Records: [{ s3: { bucket: { name: 'lake' }, object: { key, eTag: 'e' } } }],
});

const eventOf = (...bodies: unknown[]) =>
  ({
    Records: bodies.map((body, index) => ({ messageId: String(index), body: JSON.stringify(body) })),
  }) as unknown as SQSEvent;

function world() {
  const ingested: string[] = [];
  const closed: string[] = [];
  const leases: string[] = [];
  const ingest = ingestMessages({
    find: async ({ key }: FileNotice) =>
      key === 'deleted'
        ? undefined
        : { key, eTag: 'e', source: key, async *open() {}, close: () => void closed.push(key) },
    ingest: async ({ key }) => {
      if (key === 'broken') throw new Error('no broker');
      ingested.push(key);
      return { rowsRead: 0, rowsValid: 0, rowsInvalid: 0 };
    },
    lease: ({ messageId }) => ({
      done: () => void leases.push(`${messageId} done`),
      failed: async () => void leases.push(`${messageId} failed`),
    }),
    log: { info() {}, error() {} },
  });
  return { ingest, ingested, closed, leases };
}

describe('ingestMessages', () => {
  test('object keys are decoded as S3 encodes them', async () => {
    const { ingest, ingested } = world();
    await ingest(eventOf(notification('incoming/a+b%2Bc/%EC%84%9C%EC%9A%B8.csv')));
    expect(ingested).toEqual(['incoming/a b+c/서울.csv']);
  });

  test('the test message of S3 and a deleted file do not return to the queue', async () => {
    const { ingest, ingested } = world();
    const event = eventOf(
      { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'lake' },
      notification('deleted'),
    );
    expect(await ingest(event)).toEqual({ batchItemFailures: [] });
    expect(ingested).toEqual([]);
  });

  test('only failed messages return to the queue, and every file and lease is released', async () => {
    const { ingest, ingested, closed, leases } = world();
    const event = eventOf(notification('a'), notification('broken'), { hello: 1 }, notification('b'));
    expect(await ingest(event)).toEqual({
      batchItemFailures: [{ itemIdentifier: '1' }, { itemIdentifier: '2' }],
    });
    expect(ingested).toEqual(['a', 'b']);
    expect(closed).toEqual(['a', 'broken', 'b']);
    expect(leases).toEqual(['0 done', '1 failed', '2 failed', '3 done']);
  });
});
