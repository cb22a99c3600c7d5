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
  test('is nothing when every row, alert and message has reached its end', () => {
    expect(outstanding(done)).toEqual([]);
  });

  test.each<[Workload, string]>([
    [{ ...done, notIngested: ['a.csv@1', 'b.csv@2'] }, '2 files not ingested, the first a.csv@1'],
    [{ ...done, queues: { 'isobar-local-incoming-files': 3 } }, '3 messages in isobar-local-incoming-files'],
    [{ ...done, awaitedRetries: 2 }, '2 retries awaited'],
    [{ ...done, unsentAlerts: 3 }, '3 alerts not sent to Slack'],
    [{ ...done, unsentErrors: 1 }, '1 error not sent to Slack'],
    [{ ...done, notIngested: ['a.csv@1'] }, '1 file not ingested, the first a.csv@1'],
    [withCounts({ lag: { 'record-errors': 1 } }), '1 record before record-errors'],
    [withCounts({ lag: { 'record-errors': 4 } }), '4 records before record-errors'],
    [withCounts({ rowsLanded: 90 }), '8 rows valid but not landed'],
    [withCounts({ errorsStored: 0 }), '2 rows invalid but not stored as errors'],
  ])('names what is left', (workload, left) => {
    expect(outstanding(workload)).toEqual([left]);
  });

  test('does not wait for rows that landed twice to go away', () => {
    expect(outstanding(withCounts({ rowsLanded: 99, errorsStored: 3 }))).toEqual([]);
  });
});
