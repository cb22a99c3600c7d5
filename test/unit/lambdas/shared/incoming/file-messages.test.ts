import { describe, expect, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import {
  type Delivery,
  ingestMessages,
  OutOfTime,
} from '../../../../../lambdas/shared/incoming/file-messages.ts';
import type { FileNotice } from '../../../../../lambdas/shared/incoming/file-notices.ts';

const notification = (key: string) => ({
  Records: [{ s3: { bucket: { name: 'lake' }, object: { key, eTag: 'e' } } }],
});

const eventOf = (...bodies: unknown[]) =>
  ({
    Records: bodies.map((body, index) => ({
      messageId: String(index),
      body: JSON.stringify(body),
      attributes: { ApproximateReceiveCount: '1' },
    })),
  }) as unknown as SQSEvent;

/** Of an invocation of 20 s, unless it is said: at its start all of it remains, and afterwards so much. */
function context(remainingMs: number, totalMs = 20_000) {
  let calls = 0;
  return { getRemainingTimeInMillis: () => (calls++ === 0 ? totalMs : remainingMs) };
}

function world({
  ingestFile = async () => {},
  handOn = async () => {},
}: {
  ingestFile?: (file: { key: string }, delivery: Delivery) => Promise<void>;
  handOn?: () => Promise<void>;
} = {}) {
  const ingested: string[] = [];
  const closed: string[] = [];
  const steps: string[] = [];
  const ingest = ingestMessages({
    find: async ({ key }: FileNotice) =>
      key === 'deleted'
        ? undefined
        : { key, eTag: 'e', source: key, readAtMs: 0, async *open() {}, close: () => void closed.push(key) },
    ingest: async (file, delivery) => {
      if (file.key === 'broken') throw new Error('no broker');
      await ingestFile(file, delivery);
      ingested.push(file.key);
      return { rowsRead: 0, rowsValid: 0, rowsInvalid: 0 };
    },
    lease: ({ messageId }) => {
      steps.push(`${messageId} leased`);
      return {
        done: () => void steps.push(`${messageId} done`),
        failed: async () => void steps.push(`${messageId} failed`),
      };
    },
    handOn: async ({ messageId }) => {
      await handOn();
      steps.push(`${messageId} handed on`);
    },
    log: { info() {}, error() {} },
  });
  return { ingest, ingested, closed, leases: steps, steps };
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
    expect(closed.toSorted()).toEqual(['a', 'b', 'broken']);
    expect(leases.filter((step) => !step.endsWith('leased')).toSorted()).toEqual([
      '0 done',
      '1 failed',
      '2 failed',
      '3 done',
    ]);
  });

  test('files are ingested several at once, and never more than ten', async () => {
    let open = 0;
    let most = 0;
    const started = Promise.withResolvers<void>();
    const { ingest } = world({
      ingestFile: async () => {
        most = Math.max(most, ++open);
        if (open === 10) started.resolve();
        await started.promise;
        open--;
      },
    });
    await ingest(eventOf(...Array.from({ length: 50 }, (_, index) => notification(`file ${index}`))));
    expect(most).toBe(10);
  });

  test('every message of an event is leased before the first file is begun', async () => {
    const leased: number[] = [];
    const { ingest, leases } = world({ ingestFile: async () => void leased.push(leases.length) });
    await ingest(eventOf(...Array.from({ length: 20 }, (_, index) => notification(`file ${index}`))));
    expect(leased[0]).toBe(20);
  });

  test('a message that was delivered before shares nothing with other files', async () => {
    const again: boolean[] = [];
    const { ingest } = world({ ingestFile: async (_, { isAgain }) => void again.push(isAgain) });
    const event = eventOf(notification('a'), notification('b'));
    Object.assign(event.Records[1]?.attributes ?? {}, { ApproximateReceiveCount: '2' });
    await ingest(event);
    expect(again).toEqual([false, true]);
  });

  test('a file that needs more time is sent again before its message is done', async () => {
    const { ingest, steps } = world({
      ingestFile: async ({ key }) => {
        if (key === 'long') throw new OutOfTime();
      },
    });
    expect(await ingest(eventOf(notification('long'), notification('short')), context(0))).toEqual({
      batchItemFailures: [],
    });
    expect(steps.filter((step) => step.startsWith('0'))).toEqual(['0 leased', '0 handed on', '0 done']);
    expect(steps.filter((step) => step.startsWith('1'))).toEqual(['1 leased', '1 done']);
  });

  test('when time is up, files that were not begun are handed on', async () => {
    const { ingest, steps, ingested } = world();
    const keys = Array.from({ length: 12 }, (_, index) => `file ${index}`);
    expect(await ingest(eventOf(...keys.map(notification)), context(4_999))).toEqual({
      batchItemFailures: [],
    });
    expect(ingested).toHaveLength(10);
    expect(steps.filter((step) => step.endsWith('handed on'))).toEqual(['10 handed on', '11 handed on']);
  });

  test('time is up when a quarter of it remains, at most 30 s', async () => {
    const isUp = async (totalMs: number, remainingMs: number) => {
      let answer: boolean | undefined;
      const { ingest } = world({
        ingestFile: async (_, { isTimeUp }) => {
          answer = isTimeUp();
        },
      });
      await ingest(eventOf(notification('a')), context(remainingMs, totalMs));
      return answer;
    };
    expect([await isUp(20_000, 5_001), await isUp(20_000, 4_999)]).toEqual([false, true]);
    expect([await isUp(300_000, 30_001), await isUp(300_000, 29_999)]).toEqual([false, true]);
  });

  test('a message that cannot be sent again returns to the queue', async () => {
    const { ingest, leases } = world({
      ingestFile: async () => {
        throw new OutOfTime();
      },
      handOn: async () => {
        throw new Error('no queue');
      },
    });
    expect(await ingest(eventOf(notification('a')), context(0))).toEqual({
      batchItemFailures: [{ itemIdentifier: '0' }],
    });
    expect(leases).toEqual(['0 leased', '0 failed']);
  });
});
