import { expect, test } from '@jest/globals';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import { type Ports, sendMetrics } from '../../../../../lambdas/fraud/send-metrics/send-metrics.ts';

const message = (body: string, receiveCount = 1) =>
  ({
    messageId: `id of ${body}`,
    receiptHandle: `handle of ${body}`,
    body,
    attributes: { ApproximateReceiveCount: String(receiveCount) },
  }) as SQSRecord;

/** An API that refuses some bodies, and a queue that records delays. */
function ports({ refuses = [] as string[], random = 0, queueWorks = true } = {}) {
  const posted: string[] = [];
  const postponed: [handle: string, seconds: number][] = [];
  const all: Ports = {
    async post(body) {
      if (refuses.includes(body)) throw new Error('refused');
      posted.push(body);
    },
    async postpone(handle, seconds) {
      if (!queueWorks) throw new Error('no queue');
      postponed.push([handle, seconds]);
    },
    delays: { firstDelaySeconds: 5, maxDelaySeconds: 900 },
    random: () => random,
    log: { info() {}, error() {} },
  };
  const send = (...Records: SQSRecord[]) => sendMetrics(all)({ Records } as SQSEvent);
  return { send, posted, postponed };
}

test('messages are posted unchanged and in order', async () => {
  const { send, posted, postponed } = ports();
  await expect(send(message('a'), message('b'))).resolves.toEqual({ batchItemFailures: [] });
  expect(posted).toEqual(['a', 'b']);
  expect(postponed).toEqual([]);
});

test('only a message that fails stays on the queue', async () => {
  const { send, posted, postponed } = ports({ refuses: ['b'] });
  await expect(send(message('a'), message('b'), message('c'))).resolves.toEqual({
    batchItemFailures: [{ itemIdentifier: 'id of b' }],
  });
  expect(posted).toEqual(['a', 'c']);
  expect(postponed).toEqual([['handle of b', 5]]);
});

test.each([
  [1, 0, 5],
  [2, 0, 10],
  [5, 0, 80],
  [5, 0.999, 41],
  [9, 0, 900],
  [2_000, 0, 900],
])(
  'after delivery %i, with the random number %d, a failed message waits %i seconds',
  async (receiveCount, random, seconds) => {
    const { send, postponed } = ports({ refuses: ['a'], random });
    await send(message('a', receiveCount));
    expect(postponed).toEqual([['handle of a', seconds]]);
  },
);

test('a failed message stays on the queue even if SQS refuses to delay it', async () => {
  const { send, posted } = ports({ refuses: ['a'], queueWorks: false });
  await expect(send(message('a'), message('b'))).resolves.toEqual({
    batchItemFailures: [{ itemIdentifier: 'id of a' }],
  });
  expect(posted).toEqual(['b']);
});
