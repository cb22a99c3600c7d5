import { describe, expect, test } from '@jest/globals';
import { parseMapping } from '../../../../localstack/kafka-poller/mappings.ts';

const msk = {
  UUID: 'uuid-1',
  FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:sink',
  EventSourceArn: 'arn:aws:kafka:us-east-1:000000000000:cluster/weather/abc-1',
  Topics: ['weather-data'],
  State: 'Enabled',
};

describe('a mapping from the Lambda API', () => {
  test("a mapping without settings gets AWS's defaults", () => {
    expect(parseMapping(msk)).toMatchObject({
      source: { clusterArn: msk.EventSourceArn },
      consumerGroup: 'uuid-1',
      batchSize: 100,
      windowMs: 500,
      startingPosition: 'TRIM_HORIZON',
      filters: [],
      provisioned: undefined,
      maxRetryAttempts: -1,
      maxRecordAgeMs: Number.POSITIVE_INFINITY,
      onFailure: undefined,
      state: 'polled',
    });
  });

  test('a batching window of zero is kept', () => {
    expect(parseMapping({ ...msk, MaximumBatchingWindowInSeconds: 0 })?.windowMs).toBe(0);
  });

  test('the starting timestamp is read as seconds', () => {
    const mapping = { ...msk, StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_700_000_000.5 };
    expect(parseMapping(mapping)?.startingPosition).toEqual({ timestampMs: 1_700_000_000_500 });
  });

  test.each([
    ['Enabled', 'polled'],
    ['Creating', 'changing'],
    ['Enabling', 'changing'],
    ['Updating', 'changing'],
    ['Disabled', 'idle'],
    ['Disabling', 'idle'],
    ['Deleting', 'idle'],
  ])('a mapping in the state %s is %s', (State, state) => {
    expect(parseMapping({ ...msk, State })?.state).toBe(state);
  });

  test.each([
    ['SQS', { ...msk, EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:queue' }],
    ['nothing known', { UUID: 'x', FunctionArn: 'y' }],
  ])('a mapping with %s as its source is ignored', (_name, item) => {
    expect(parseMapping(item)).toBeUndefined();
  });
});
