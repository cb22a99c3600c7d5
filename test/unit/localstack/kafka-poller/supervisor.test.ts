import { expect, test } from '@jest/globals';
import type { Mapping } from '../../../../localstack/kafka-poller/mappings.ts';
import { refreshMs, supervise } from '../../../../localstack/kafka-poller/supervisor.ts';

test('mappings are listed each second until a minute after a change, then every three', () => {
  expect([0, 60_000, 60_001, 3_600_000].map(refreshMs)).toEqual([1_000, 1_000, 3_000, 3_000]);
});

test('a mapping is polled once it is listed, and stops before the supervisor ends', async () => {
  const mapping: Mapping = {
    uuid: 'm',
    functionArn: 'f',
    state: 'polled',
    source: { brokers: ['b:9092'] },
    topics: ['t'],
    consumerGroup: 'm',
    startingPosition: 'TRIM_HORIZON',
    batchSize: 1,
    windowMs: 0,
    filters: [],
    provisioned: undefined,
    maxRetryAttempts: -1,
    maxRecordAgeMs: Number.POSITIVE_INFINITY,
    bisect: false,
    reportItemFailures: false,
    onFailure: undefined,
    access: [],
  };
  const stopping = new AbortController();
  const happened: string[] = [];
  await supervise(
    {
      list: async () => [mapping],
      poll: async ({ uuid }, signal) => {
        happened.push(`polls ${uuid}`);
        stopping.abort();
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        happened.push(`stopped ${uuid}`);
      },
      log: () => undefined,
    },
    stopping.signal,
  );
  expect(happened).toEqual(['polls m', 'stopped m']);
});
