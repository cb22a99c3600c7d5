import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { measured } from '../../../bin/cost/measured.ts';
import { topics } from '../../../lambdas/shared/kafka/topics.ts';
import type { AppConfig } from '../../../lib/app-config.ts';
import {
  bytesPerRecord,
  dailyWorkers,
  diskNeededGib,
  recentObservationsGib,
  refuseOverload,
} from '../../../lib/capacity.ts';
import { stages } from '../../../lib/config.ts';

const at = (recordsPerSecond: number, config: AppConfig = stages.prod): AppConfig => ({
  ...config,
  capacity: { recordsPerSecond, transactionsPerSecond: 0 },
});

const withBrokers = (brokers: number | 'serverless'): AppConfig => ({
  ...stages.prod,
  kafka: {
    ...stages.prod.kafka,
    existing: { clusterArn: 'arn', brokers, securityGroupId: 'sg-0' },
  },
});

describe('by hand', () => {
  test('the disk of a broker holds retention × rate × replication of every topic, over the brokers', () => {
    // weather-data: 1,000 × 60 B × 604,800 s; retry-data: 10 × 190 B × 604,800 s; error-data: 10 × 1,000 B ×
    // 2,592,000 s: 36.29 + 1.15 + 25.92 GB, three times on three brokers, = 59.01 GiB
    expect(diskNeededGib(at(1_000))).toBeCloseTo(59.01, 1);
    // Half of it on each, when there are twice as many brokers
    expect(diskNeededGib(at(1_000, withBrokers(6)))).toBeCloseTo(29.5, 1);
  });

  test('recent observations: rate × days × 145 B', () => {
    // 1,000 × 259,200 s × 145 B
    expect(recentObservationsGib({ ...at(1_000), keepObservationDays: 3 })).toBeCloseTo(35, 1);
    expect(recentObservationsGib({ ...at(1_000), keepObservationDays: 0 })).toBe(0);
  });

  test.each([
    // 86.4 M rows: 0.12 workers by time, 0.13 by disk; never fewer than one beside the driver
    [1_000, 2],
    // 1.73 G rows: 2.34 by time, 2.55 by disk
    [20_000, 4],
    // 86.4 G rows: 117 by time, 128 by disk
    [1_000_000, 129],
  ])('the daily job at %d records/s needs %d workers', (rate, workers) => {
    expect(dailyWorkers(rate)).toBe(workers);
  });
});

test.each(Object.values(stages))('stage $stage holds the rate that it promises', (config) => {
  expect(() => refuseOverload(config)).not.toThrow();
});

test('a serverless cluster holds any rate', () => {
  const config = { ...at(10_000, withBrokers('serverless')), daily: { ...stages.prod.daily, workers: 10 } };
  expect(() => refuseOverload(config)).not.toThrow();
});

test('a rate that does not fit is refused with every limit, what it needs and what to change', () => {
  // 590.1 GiB / 0.8; 350.03 GiB are within 80 % of 1,000
  expect(() => refuseOverload(at(10_000))).toThrow(
    'Stage prod cannot hold 10000 records/s:\n' +
      '  Topics need 591 GiB of each broker, more than 80 % of its 100 GiB. Set kafka.brokerVolumeGib to 738, ' +
      'or shorten the retention in lambdas/shared/kafka/topics.ts.',
  );
  expect(() => refuseOverload(at(30_000))).toThrow(
    'Recent observations need 1051 GiB of Postgres, more than 80 % of its limit of 1000 GiB.',
  );
  expect(() => refuseOverload(at(100_000))).toThrow(
    'The daily summary needs 14 workers of Spark for 100000 records/s, and daily.workers is 4.',
  );
});

test('docs/scale.md plans a million records a second with the sizes of the code and of the benchmarks', () => {
  const scale = readFileSync(join(import.meta.dirname, '../../../docs/scale.md'), 'utf8');
  const { weatherData, retryData } = bytesPerRecord;
  const keptTb = (weatherData * topics.weatherData.retentionMs) / 1_000 / 1e6;
  for (const stated of [
    `${measured.recordBytes} B in batches of a thousand; the plan takes **${weatherData} B**`,
    `Producers that do not compress: ${retryData} B`,
    `| ${measured.eventRecordBytes} B |`,
    `This makes ${weatherData} MB/s, or ${((weatherData * 86_400) / 1e6).toFixed(1)} TB per day on the topic`,
    `in: ${weatherData} MB/s; out: 2 × ${weatherData} = ${2 * weatherData} MB/s`,
    `${keptTb.toFixed(0)} TB, and with replicas three times that: ${(3 * keptTb).toFixed(0)} TB`,
    `by bytes of Kafka ${weatherData} / 5 = ${weatherData / 5}; by bytes of the payload ${measured.eventRecordBytes} / 5 = ${measured.eventRecordBytes / 5}`,
  ])
    expect(scale).toContain(stated);
});
