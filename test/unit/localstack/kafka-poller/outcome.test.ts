import { describe, expect, test } from '@jest/globals';
import {
  decide,
  type FailureSettings,
  type InvokeResult,
  type Outcome,
} from '../../../../localstack/kafka-poller/outcome.ts';

const invocation = { requestId: 'r', statusCode: 200, executedVersion: '$LATEST' };
const failed: InvokeResult = {
  kind: 'function-error',
  invocation: { ...invocation, functionError: 'Unhandled' },
};
const throttled: InvokeResult = { kind: 'throttled', reason: 'throttled' };
const unreachable: InvokeResult = { kind: 'unreachable', reason: 'ECONNREFUSED' };
const answered = (response: unknown): InvokeResult => ({
  kind: 'success',
  invocation,
  response: Buffer.from(JSON.stringify(response) ?? ''),
});
const failures = (...offsets: unknown[]) =>
  answered({
    batchItemFailures: offsets.map((offset) => ({ itemIdentifier: { partition: 'topic-0', offset } })),
  });

const onDemand: FailureSettings = {
  provisioned: false,
  maxRetryAttempts: -1,
  bisect: false,
  reportItemFailures: false,
  hasDestination: false,
};
const provisioned = { ...onDemand, provisioned: true };
const partial = { ...provisioned, reportItemFailures: true };

const all = [100, 101, 102, 103];
const summary = (outcome: Outcome): string => {
  const offsets = 'offsets' in outcome ? ` ${[...outcome.offsets].join(' ')}` : '';
  const free = outcome.do === 'retry' && !outcome.countsAsRetry ? ' free' : '';
  return `${outcome.do}${offsets}${free}`;
};
const decided = (result: InvokeResult, settings: FailureSettings, retries = 0, offsets = all) =>
  summary(decide(result, { partition: 'topic-0', offsets: () => new Set(offsets), retries }, settings));

const RETRY_ALL = 'retry 100 101 102 103';

// https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
describe('outcome', () => {
  test.each<[string, InvokeResult, FailureSettings, number, string]>([
    ['success commits', answered(null), onDemand, 0, 'commit'],
    ['on demand, a failed batch is retried whole', failed, onDemand, 0, RETRY_ALL],
    [
      'on demand, a failed batch is retried without limit',
      failed,
      { ...onDemand, hasDestination: true },
      5_000,
      RETRY_ALL,
    ],
    ['on demand, a retry limit does not apply', failed, { ...onDemand, maxRetryAttempts: 0 }, 1, RETRY_ALL],
    ['on demand, bisecting does not apply', failed, { ...onDemand, bisect: true }, 0, RETRY_ALL],
    [
      'on demand, reported item failures have no effect',
      failures(101),
      { ...onDemand, reportItemFailures: true },
      0,
      'commit',
    ],
    ['without a limit, a failed batch is retried', failed, provisioned, 5_000, RETRY_ALL],
    [
      'below the limit, a failed batch is retried',
      failed,
      { ...provisioned, maxRetryAttempts: 2 },
      1,
      RETRY_ALL,
    ],
    [
      'at the limit, a failed batch is discarded',
      failed,
      { ...provisioned, maxRetryAttempts: 2 },
      2,
      'discard 100 101 102 103',
    ],
    [
      'with a limit of 0, a failed batch is discarded at once',
      failed,
      { ...provisioned, maxRetryAttempts: 0 },
      0,
      'discard 100 101 102 103',
    ],
    [
      'with a destination and no limit, the tenth retry is still made',
      failed,
      { ...provisioned, hasDestination: true },
      9,
      RETRY_ALL,
    ],
    [
      'with a destination and no limit, a failed batch is discarded after ten retries',
      failed,
      { ...provisioned, hasDestination: true },
      10,
      'discard 100 101 102 103',
    ],
    [
      'a batch is bisected before the limit counts, because a split uses up no retry',
      failed,
      { ...provisioned, bisect: true, maxRetryAttempts: 0 },
      0,
      'bisect',
    ],
    [
      'throttling uses up no retry',
      throttled,
      { ...provisioned, maxRetryAttempts: 0 },
      0,
      `${RETRY_ALL} free`,
    ],
    ['an endpoint that is down uses up no retry', unreachable, onDemand, 0, `${RETRY_ALL} free`],
    ['throttling does not bisect', throttled, { ...provisioned, bisect: true }, 0, `${RETRY_ALL} free`],
  ])('%s', (_claim, result, settings, retries, expected) => {
    expect(decided(result, settings, retries)).toBe(expected);
  });

  test('a failed batch of one record is retried and not bisected', () => {
    expect(decided(failed, { ...provisioned, bisect: true }, 0, [100])).toBe('retry 100');
  });

  test.each<[string, InvokeResult, string]>([
    ['a null answer is success', answered(null), 'commit'],
    ['an empty answer is success', answered({}), 'commit'],
    ['a null list is success', answered({ batchItemFailures: null }), 'commit'],
    ['an empty list is success', answered({ batchItemFailures: [] }), 'commit'],
    ['an answer that is not JSON is success', answered(undefined), 'commit'],
    ['only the named records are retried', failures(103, 101), 'retry 103 101'],
    ['an unknown offset fails the whole batch', failures(101, 99), RETRY_ALL],
    ['an offset that is not a number fails the whole batch', failures('101'), RETRY_ALL],
    [
      'a null identifier fails the whole batch',
      answered({ batchItemFailures: [{ itemIdentifier: null }] }),
      RETRY_ALL,
    ],
    ['an item without an identifier fails the whole batch', answered({ batchItemFailures: [{}] }), RETRY_ALL],
    ['a null item fails the whole batch', answered({ batchItemFailures: [null] }), RETRY_ALL],
    ['a field that is not a list fails the whole batch', answered({ batchItemFailures: 'x' }), RETRY_ALL],
    [
      'an unknown partition fails the whole batch',
      answered({ batchItemFailures: [{ itemIdentifier: { partition: 'topic-1', offset: 101 } }] }),
      RETRY_ALL,
    ],
  ])('with ReportBatchItemFailures, %s', (_claim, result, expected) => {
    expect(decided(result, partial)).toBe(expected);
  });

  test('at the limit only the named records are discarded, even when bisecting is on', () => {
    expect(decided(failures(102), { ...partial, bisect: true, maxRetryAttempts: 1 }, 1)).toBe('discard 102');
  });
});
