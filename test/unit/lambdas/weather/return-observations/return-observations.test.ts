import { describe, expect, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import { encodeRedelivery } from '../../../../../lambdas/shared/retry/redelivery-message.ts';
import { returnObservations } from '../../../../../lambdas/weather/return-observations/return-observations.ts';

const eventOf = (...bodies: string[]) =>
  ({ Records: bodies.map((body, place) => ({ messageId: String(place), body })) }) as unknown as SQSEvent;

const record = (partition: number, value: string) =>
  encodeRedelivery({ partition, key: 'Seoul', value, headers: { origin: 'weather-data/1/2', attempt: '1' } });

function world({ downPartition }: { downPartition?: number } = {}) {
  const sent: unknown[] = [];
  const handle = returnObservations({
    send: async (batch) => {
      if (batch.partition === downPartition) throw new Error('no leader');
      sent.push(batch);
    },
    log: { info() {}, error() {} },
  });
  return { handle, sent };
}

describe('returnObservations', () => {
  test('sends records back to weather-data with their headers, one send per partition', async () => {
    const { handle, sent } = world();
    expect(await handle(eventOf(record(1, 'a'), record(2, 'b'), record(1, 'c')))).toEqual({
      batchItemFailures: [],
    });
    const headers = { origin: 'weather-data/1/2', attempt: '1' };
    const message = (value: string) => ({ key: 'Seoul', value, headers });
    expect(sent).toEqual([
      { topic: 'weather-data', partition: 1, messages: [message('a'), message('c')] },
      { topic: 'weather-data', partition: 2, messages: [message('b')] },
    ]);
  });

  test('only the messages that it could not read or send return to the queue', async () => {
    const { handle, sent } = world({ downPartition: 2 });
    const event = eventOf(record(1, 'a'), record(2, 'b'), 'not JSON', '{"partition":1}', record(2, 'c'));
    expect(await handle(event)).toEqual({
      batchItemFailures: ['2', '3', '1', '4'].map((itemIdentifier) => ({ itemIdentifier })),
    });
    expect(sent).toHaveLength(1);
  });
});
