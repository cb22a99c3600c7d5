import { describe, expect, test } from '@jest/globals';
import { outstanding, type Workload } from '../../../../../localstack/run/platform-counts/outstanding.ts';

const done: Workload = {
  counts: {
    filesRead: 2,
    rowsRead: 100,
    rowsValid: 98,
    rowsInvalid: 2,
    rowsLanded: 98,
    errorsStored: 2,
    retried: 1,
    retriesExhausted: 1,
    alerts: 1,
    slackMessages: 1,
    lateObservations: 0,
    anomalies: 0,
    parquetObjects: 10,
    lag: { 'land-observations': 0, 'record-errors': 0 },
  },
  notIngested: [],
  queues: { 'isobar-local-incoming-files': 0 },
  unsentAlerts: 0,
  awaitedRetries: 0,
  unsentErrors: 0,
};

const withCounts = (counts: Partial<Workload['counts']>): Workload => ({
  ...done,
  counts: { ...done.counts, ...counts },
});

describe('outstanding', () => {
  test('no work is outstanding when every row, alert and message is processed', () => {
    expect(outstanding(done)).toEqual([]);
  });

  test.each<[string, Workload]>([
    ['2 files not ingested, first a.csv@1', { ...done, notIngested: ['a.csv@1', 'b.csv@2'] }],
    ['3 messages in isobar-local-incoming-files', { ...done, queues: { 'isobar-local-incoming-files': 3 } }],
    ['2 retries pending', { ...done, awaitedRetries: 2 }],
    ['1 retry pending', { ...done, awaitedRetries: 1 }],
    ['3 alerts not sent to Slack', { ...done, unsentAlerts: 3 }],
    ['1 error not sent to Slack', { ...done, unsentErrors: 1 }],
    ['1 file not ingested, first a.csv@1', { ...done, notIngested: ['a.csv@1'] }],
    ['1 record not consumed by record-errors', withCounts({ lag: { 'record-errors': 1 } })],
    ['4 records not consumed by record-errors', withCounts({ lag: { 'record-errors': 4 } })],
    ['8 valid rows not landed', withCounts({ rowsLanded: 90 })],
    ['2 invalid rows not stored as errors', withCounts({ errorsStored: 0 })],
  ])('outstanding work is reported as "%s"', (left, workload) => {
    expect(outstanding(workload)).toEqual([left]);
  });

  test('rows that landed twice are not outstanding', () => {
    expect(outstanding(withCounts({ rowsLanded: 99, errorsStored: 3 }))).toEqual([]);
  });
});
