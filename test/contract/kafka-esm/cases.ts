import type { Message } from 'kafkajs';
import type { Answer } from './lambda-api.ts';

/**
 * One rule of AWS: the records on the topic, the settings of the mapping, the answers of the function, and
 * the expected outcome. In any text `$topic` stands for the name of the case's own topic.
 */
export type Case = {
  name: string;
  /** The AWS page that states the rule. */
  page: string;
  /** Settings of the mapping, besides topic, source and function. */
  mapping?: { [setting: string]: unknown };
  destination?: 's3' | 'sqs' | 'sns' | 'kafka';
  /** How many times the destination refuses before it accepts. */
  refusals?: number;
  /** The offset that the group `$topic-group` has committed on partition 0 before the mapping is created. */
  committedBefore?: number;
  /** The records of each partition, produced before the mapping is created. */
  records: (string | Message)[][];
  /** Values for partition 0, one request each, sent when the mapping has its partitions. */
  later?: string[];
  /** The answers to the first invokes, in order; all later invokes succeed. */
  answers?: Answer[];
  /** Each event with this value fails. */
  failsOn?: string;
  /** The values of each invoke, ordered by partition. `x*` is an `x` that is retried without end. */
  invokes: string[];
  /** The committed offset of each partition at the end; -1 for none. */
  commits: number[];
  destinations?: Delivery[];
  /** The first record of the first event, without its time. */
  firstRecord?: { [field: string]: unknown };
};

/** A message at a destination. `values` is set where the destination gets the records themselves. */
export type Delivery = { condition: string; invokes: number; records: number; values?: string };

const GUIDE = 'https://docs.aws.amazon.com/lambda/latest/dg';
const EVENT = `${GUIDE}/with-msk.html#msk-sample-event`;
const BATCHING = `${GUIDE}/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching`;
const STARTING = `${GUIDE}/kafka-starting-positions.html`;
const FILTERING = `${GUIDE}/kafka-filtering.html`;
const RETRIES = `${GUIDE}/kafka-retry-configurations.html`;
const SYNTAX = `${GUIDE}/invocation-eventfiltering.html#filtering-syntax`;
const SCALING = `${GUIDE}/kafka-scaling-modes.html`;
const ON_FAILURE = `${GUIDE}/kafka-on-failure.html`;
const TO_KAFKA = `${GUIDE}/kafka-on-failure-destination.html`;
const GROUP_ID = `${GUIDE}/kafka-consumer-group-id.html`;
const API = 'https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html';

const PROVISIONED = { ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 2 } };
const REPORTS = { ...PROVISIONED, FunctionResponseTypes: ['ReportBatchItemFailures'] };
const failed: Answer = { functionError: 'Unhandled' };
const timedOut: Answer = {
  ...failed,
  body: {
    errorType: 'Sandbox.Timedout',
    errorMessage: 'RequestId: 1 Error: Task timed out after 3.00 seconds',
  },
};
const item = (offset: number, partition = '$topic-0') => ({ itemIdentifier: { partition, offset } });
const reports = (batchItemFailures: unknown): Answer => ({ body: { batchItemFailures } });
const filters = (...patterns: object[]) => ({
  FilterCriteria: { Filters: patterns.map((pattern) => ({ Pattern: JSON.stringify(pattern) })) },
});
const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, i) => String(from + i));
const minutesAgo = (minutes: number) => String(Date.now() - minutes * 60_000);

export const CASES: Case[] = [
  {
    name: 'a record in an event has key, value, headers and position',
    page: EVENT,
    records: [[{ key: 'k', value: 'v', headers: { h: [Buffer.from([128, 1]), Buffer.from('b')] } }]],
    invokes: ['v'],
    commits: [1],
    firstRecord: {
      topic: '$topic',
      partition: 0,
      offset: 0,
      timestampType: 'CREATE_TIME',
      key: 'aw==',
      value: 'dg==',
      headers: [{ h: [-128, 1] }, { h: [98] }],
    },
  },
  {
    name: 'a tombstone without a key is delivered',
    page: EVENT,
    records: [[{ key: null, value: null }]],
    invokes: [''],
    commits: [1],
    firstRecord: { topic: '$topic', partition: 0, offset: 0, timestampType: 'CREATE_TIME', headers: [] },
  },
  {
    name: 'TRIM_HORIZON starts at the oldest record',
    page: STARTING,
    mapping: { StartingPosition: 'TRIM_HORIZON' },
    records: [['a', 'b']],
    invokes: ['a b'],
    commits: [2],
  },
  {
    name: 'LATEST delivers only records that come later',
    page: STARTING,
    mapping: { StartingPosition: 'LATEST' },
    records: [['a', 'b']],
    later: ['c'],
    invokes: ['c'],
    commits: [3],
  },
  {
    name: 'AT_TIMESTAMP starts at the first record of that time',
    page: STARTING,
    mapping: { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: Date.now() / 1000 - 600 },
    records: [
      [
        { value: 'old', timestamp: minutesAgo(20) },
        { value: 'new', timestamp: minutesAgo(5) },
      ],
    ],
    invokes: ['new'],
    commits: [2],
  },
  {
    name: 'a given consumer group is used',
    page: API,
    mapping: { SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: '$topic-group' } },
    records: [['a']],
    invokes: ['a'],
    commits: [1],
  },
  {
    name: 'a group with a committed offset continues there, whatever the starting position',
    page: GROUP_ID,
    mapping: {
      StartingPosition: 'TRIM_HORIZON',
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: '$topic-group' },
    },
    committedBefore: 1,
    records: [['a', 'b']],
    invokes: ['b'],
    commits: [2],
  },
  {
    name: 'a disabled mapping does not poll',
    page: API,
    mapping: { State: 'Disabled' },
    records: [['a']],
    invokes: [],
    commits: [-1],
  },
  {
    name: 'a batch closes at BatchSize',
    page: BATCHING,
    mapping: { BatchSize: 2 },
    records: [['a', 'b', 'c', 'd', 'e']],
    invokes: ['a b', 'c d', 'e'],
    commits: [5],
  },
  {
    name: 'BatchSize is 100 by default',
    page: API,
    records: [numbers(150)],
    invokes: [numbers(100).join(' '), numbers(50, 100).join(' ')],
    commits: [150],
  },
  {
    name: 'a batch waits for its window',
    page: BATCHING,
    mapping: { MaximumBatchingWindowInSeconds: 10 },
    records: [[]],
    later: ['a', 'b'],
    invokes: ['a b'],
    commits: [2],
  },
  {
    name: 'a full batch does not wait for its window',
    page: BATCHING,
    mapping: { BatchSize: 2, MaximumBatchingWindowInSeconds: 300 },
    records: [['a', 'b']],
    invokes: ['a b'],
    commits: [2],
  },
  {
    name: 'a batch closes before it exceeds 6 MB, with records of mixed sizes',
    page: BATCHING,
    mapping: { MaximumBatchingWindowInSeconds: 10 },
    records: [[10, 3_000_000, 20, 1_000_000, 900_000, 30].map((size) => 'x'.repeat(size))],
    invokes: ['xxxxxxxxxx <3000000 B> xxxxxxxxxxxxxxxxxxxx <1000000 B>', '<900000 B> <30 B>'],
    commits: [6],
  },
  {
    name: 'a batch closes before it exceeds 6 MB',
    page: BATCHING,
    mapping: { MaximumBatchingWindowInSeconds: 10 },
    records: [numbers(5).map(() => 'x'.repeat(1_000_000))],
    invokes: [numbers(4).fill('<1000000 B>').join(' '), '<1000000 B>'],
    commits: [5],
  },
  {
    name: 'each partition is delivered in its order',
    page: SCALING,
    mapping: { BatchSize: 2 },
    records: [
      ['a', 'b', 'c'],
      ['d', 'e', 'f'],
    ],
    invokes: ['a b', 'c', 'd e', 'f'],
    commits: [3, 3],
  },
  {
    name: 'records that match no filter are not delivered, and count as processed',
    page: FILTERING,
    mapping: filters({ value: { n: [2] } }),
    records: [['{"n":1}', '{"n":2}', '{"n":1}']],
    invokes: ['{"n":2}'],
    commits: [3],
  },
  {
    name: 'a record that matches one of several filters is delivered',
    page: FILTERING,
    mapping: filters({ value: { n: [1] } }, { value: { n: [3] } }),
    records: [['{"n":1}', '{"n":2}', '{"n":3}']],
    invokes: ['{"n":1} {"n":3}'],
    commits: [3],
  },
  {
    name: 'filters compare by prefix, suffix, numeric, exists, anything-but, equals-ignore-case',
    page: SYNTAX,
    mapping: filters(
      { value: { s: [{ prefix: 'ab' }] } },
      { value: { s: [{ suffix: 'yz' }] } },
      { value: { n: [{ numeric: ['>', 5, '<=', 7] }] } },
      { value: { e: [{ exists: true }] } },
      { value: { a: [{ 'anything-but': ['no'] }], i: [{ 'equals-ignore-case': 'X' }] } },
    ),
    records: [
      [
        ...['{"s":"abc"}', '{"s":"xyz"}', '{"s":"-"}', '{"n":7}', '{"n":5}', '{"e":0}'],
        ...['{"a":"yes","i":"x"}', '{"a":"no","i":"x"}'],
      ],
    ],
    invokes: ['{"s":"abc"} {"s":"xyz"} {"n":7} {"e":0} {"a":"yes","i":"x"}'],
    commits: [8],
  },
  {
    name: 'filters compare by equals, null, empty, or within a field, numeric equals, does not exist',
    page: SYNTAX,
    mapping: filters(
      { value: { k: ['eq'], v: [1] } },
      { value: { k: ['nil'], v: [null] } },
      { value: { k: ['no'], v: [''] } },
      { value: { k: ['or', 'num'], v: ['a', 'b', { numeric: ['=', 100] }] } },
      { value: { k: ['abs'], v: [{ exists: false }] } },
    ),
    records: [
      [
        ...['{"k":"eq","v":1}', '{"k":"eq","v":"1"}', '{"k":"eq","v":1.0}'],
        ...['{"k":"nil","v":null}', '{"k":"nil"}', '{"k":"no","v":""}', '{"k":"no","v":"-"}'],
        ...['{"k":"or","v":"b"}', '{"k":"or","v":"c"}', '{"k":"num","v":1e2}'],
        ...['{"k":"abs"}', '{"k":"abs","v":0}'],
      ],
    ],
    invokes: [
      [
        ...['{"k":"eq","v":1}', '{"k":"nil","v":null}', '{"k":"no","v":""}', '{"k":"or","v":"b"}'],
        ...['{"k":"num","v":1e2}', '{"k":"abs"}'],
      ].join(' '),
    ],
    commits: [12],
  },
  {
    name: 'filters compare by $or of several fields, and exists matches leaves only',
    page: SYNTAX,
    mapping: filters(
      { value: { $or: [{ a: [1] }, { b: [{ prefix: 'x' }] }] } },
      { value: { c: [{ exists: true }] } },
    ),
    records: [['{"a":1}', '{"a":2,"b":"xy"}', '{"a":2,"b":"y"}', '{"c":0}', '{"c":{"d":1}}']],
    invokes: ['{"a":1} {"a":2,"b":"xy"} {"c":0}'],
    commits: [5],
  },
  {
    name: 'a JSON pattern passes other data, and a text pattern passes JSON',
    page: `${GUIDE}/kafka-filtering.html#filtering-kafka`,
    mapping: filters({ value: { n: [2] } }, { partition: [1], value: ['text'] }),
    records: [
      ['text', '{"n":1}'],
      ['{"n":1}', 'text', 'other'],
    ],
    invokes: ['text', '{"n":1} text other'],
    commits: [2, 3],
  },
  {
    name: 'filters match the metadata',
    page: FILTERING,
    mapping: filters({ partition: [1], offset: [{ numeric: ['>', 0] }] }),
    records: [
      ['a', 'b'],
      ['c', 'd'],
    ],
    invokes: ['d'],
    commits: [2, 2],
  },
  {
    name: 'on demand, a failed batch is retried whole until it succeeds',
    page: RETRIES,
    records: [['a', 'b']],
    answers: [failed, failed],
    invokes: ['a b', 'a b', 'a b'],
    commits: [2],
  },
  {
    name: 'a throttled invoke, a 500 and a lost connection are retried, and use up no retry',
    page: RETRIES,
    mapping: { ...PROVISIONED, MaximumRetryAttempts: 0 },
    records: [['a']],
    answers: [{ status: 429 }, { status: 500 }, { destroy: true }],
    invokes: ['a', 'a', 'a', 'a'],
    commits: [1],
  },
  {
    name: 'a timeout of the function counts as a failure',
    page: RETRIES,
    mapping: { ...PROVISIONED, MaximumRetryAttempts: 1 },
    records: [['a']],
    answers: [timedOut, timedOut],
    invokes: ['a', 'a'],
    commits: [1],
  },
  {
    name: 'a poisoned record blocks only its own partition',
    page: SCALING,
    mapping: { BatchSize: 1 },
    records: [
      ['poison', 'a'],
      ['b', 'c'],
    ],
    failsOn: 'poison',
    invokes: ['poison*', 'b', 'c'],
    commits: [-1, 2],
  },
  {
    name: 'MaximumRetryAttempts drops a batch after so many retries, the first attempt not counted',
    page: RETRIES,
    mapping: { ...PROVISIONED, BatchSize: 2, MaximumRetryAttempts: 1 },
    records: [['poison', 'a', 'b']],
    failsOn: 'poison',
    invokes: ['poison a', 'poison a', 'b'],
    commits: [3],
  },
  {
    name: 'MaximumRetryAttempts 0 drops a failed batch at once',
    page: RETRIES,
    mapping: { ...PROVISIONED, BatchSize: 1, MaximumRetryAttempts: 0 },
    records: [['poison', 'a']],
    failsOn: 'poison',
    invokes: ['poison', 'a'],
    commits: [2],
  },
  {
    name: 'BisectBatchOnFunctionError finds the poisoned record',
    page: RETRIES,
    mapping: { ...PROVISIONED, BisectBatchOnFunctionError: true, MaximumRetryAttempts: 0 },
    records: [['a', 'b', 'poison', 'c']],
    failsOn: 'poison',
    invokes: ['a b poison c', 'a b', 'poison c', 'poison', 'c'],
    commits: [4],
  },
  {
    name: 'ReportBatchItemFailures retries only the named records',
    page: RETRIES,
    mapping: REPORTS,
    records: [['a', 'b', 'c', 'd']],
    answers: [reports([item(1), item(3)])],
    invokes: ['a b c d', 'b d'],
    commits: [4],
  },
  ...[
    ['null', reports(null)] as const,
    ['an empty list', reports([])] as const,
    ['no such field', { body: { done: true } }] as const,
    ['an empty object', { body: {} }] as const,
  ].map(
    ([answer, first]): Case => ({
      name: `ReportBatchItemFailures: ${answer} is success`,
      page: RETRIES,
      mapping: REPORTS,
      records: [['a', 'b']],
      answers: [first],
      invokes: ['a b'],
      commits: [2],
    }),
  ),
  {
    name: 'ReportBatchItemFailures discards only the records that keep failing',
    page: RETRIES,
    mapping: { ...REPORTS, MaximumRetryAttempts: 1 },
    destination: 's3',
    records: [['a', 'b', 'c']],
    answers: [reports([item(1)]), reports([item(1)])],
    invokes: ['a b c', 'b'],
    commits: [3],
    destinations: [{ condition: 'RetryAttemptsExhausted', invokes: 2, records: 1, values: 'b' }],
  },
  {
    name: 'ReportBatchItemFailures has no effect on demand',
    page: SCALING,
    mapping: { FunctionResponseTypes: ['ReportBatchItemFailures'] },
    records: [['a', 'b']],
    answers: [reports([item(1)])],
    invokes: ['a b'],
    commits: [2],
  },
  ...[
    ['an unknown partition', reports([item(0), item(1, 'other-0')])] as const,
    ['an unknown offset', reports([item(7)])] as const,
    ['a malformed item', reports([item(0), {}])] as const,
    ['a field that is not a list', reports('all')] as const,
  ].map(
    ([answer, first]): Case => ({
      name: `ReportBatchItemFailures: ${answer} fails the whole batch`,
      page: RETRIES,
      mapping: REPORTS,
      records: [['a', 'b']],
      answers: [first],
      invokes: ['a b', 'a b'],
      commits: [2],
    }),
  ),
  {
    name: 'MaximumRecordAgeInSeconds sends older records to the destination, without an invoke',
    page: RETRIES,
    mapping: { ...PROVISIONED, MaximumRecordAgeInSeconds: 60 },
    destination: 'sqs',
    records: [[{ value: 'old', timestamp: minutesAgo(2) }, 'new']],
    invokes: ['new'],
    commits: [2],
    destinations: [{ condition: 'MaximumRecordAgeExceeded', invokes: 0, records: 1 }],
  },
  ...(['s3', 'sqs', 'sns', 'kafka'] as const).map(
    (destination): Case => ({
      name: `a failed batch goes to a destination on ${destination === 'kafka' ? 'Kafka' : destination.toUpperCase()}`,
      page: destination === 'kafka' ? TO_KAFKA : ON_FAILURE,
      mapping: { ...PROVISIONED, BatchSize: 2, MaximumRetryAttempts: 1 },
      destination,
      records: [['poison', 'a', 'b']],
      failsOn: 'poison',
      invokes: ['poison a', 'poison a', 'b'],
      commits: [3],
      destinations:
        destination === 'kafka'
          ? ['poison', 'a'].map((values) => ({
              condition: 'RetriesExhausted',
              invokes: 2,
              records: 1,
              values,
            }))
          : [
              {
                condition: 'RetryAttemptsExhausted',
                invokes: 2,
                records: 2,
                ...(destination === 's3' && { values: 'poison a' }),
              },
            ],
    }),
  ),
  {
    name: 'a destination that refuses records blocks the partition until it accepts them',
    page: ON_FAILURE,
    mapping: { ...PROVISIONED, BatchSize: 1, MaximumRetryAttempts: 0 },
    destination: 's3',
    refusals: 2,
    records: [['poison', 'a']],
    failsOn: 'poison',
    invokes: ['poison', 'a'],
    commits: [2],
    destinations: [{ condition: 'RetryAttemptsExhausted', invokes: 1, records: 1, values: 'poison' }],
  },
  {
    name: 'a record over 6 MB goes to the destination without an invoke',
    page: ON_FAILURE,
    destination: 's3',
    records: [['x'.repeat(5_000_000), 'a']],
    invokes: ['a'],
    commits: [2],
    destinations: [
      { condition: 'MaximumPayloadSizeExceeded', invokes: 0, records: 1, values: '<5000000 B>' },
    ],
  },
  {
    name: 'a destination without a retry limit gets a batch after 10 retries',
    page: TO_KAFKA,
    mapping: PROVISIONED,
    destination: 'sqs',
    records: [['poison']],
    failsOn: 'poison',
    invokes: Array.from({ length: 11 }, () => 'poison'),
    commits: [1],
    destinations: [{ condition: 'RetryAttemptsExhausted', invokes: 11, records: 1 }],
  },
];
