import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { topics } from '../../lambdas/shared/topics.ts';
import { stages } from '../../lib/config.ts';
import { KafkaConsumer } from '../../lib/constructs/kafka-consumer.ts';
import { NetworkStack } from '../../lib/stacks/network.ts';
import { StorageStack } from '../../lib/stacks/storage.ts';
import { StreamingStack } from '../../lib/stacks/streaming.ts';

let bundles: string;
beforeAll(() => {
  bundles = mkdtempSync(join(tmpdir(), 'isobar-consumer-'));
  mkdirSync(join(bundles, 'count-records'));
  writeFileSync(join(bundles, 'count-records', 'index.js'), '');
});
afterAll(() => rmSync(bundles, { recursive: true }));

const consumer = (props: { timeout: Duration; batchSize: number }) => {
  const app = new App();
  const config = stages.dev;
  const network = new NetworkStack(app, { config });
  const { kafka } = new StreamingStack(app, { config, network });
  const { lake } = new StorageStack(app, { config, network });
  return new KafkaConsumer(new Stack(app, 'Test', { env: { region: config.region } }), 'CountRecords', {
    config,
    network,
    bundles,
    folder: 'count-records',
    memoryMb: 256,
    environment: {},
    kafka,
    topic: topics.errorData,
    batchingWindow: Duration.seconds(0),
    failedBatches: lake,
    ...props,
  });
};

test('the limits of Lambda themselves are allowed', () => {
  expect(() => consumer({ timeout: Duration.minutes(14), batchSize: 10_000 })).not.toThrow();
});

test('a timeout that Lambda refuses for Kafka fails the synthesis, not the deploy', () => {
  expect(() => consumer({ timeout: Duration.seconds(841), batchSize: 100 })).toThrow(
    'count-records: a function behind',
  );
});

test.each([0, 10_001])('so does a batch of %i records', (batchSize) => {
  expect(() => consumer({ timeout: Duration.minutes(1), batchSize })).toThrow(
    'count-records: a batch holds 1 to 10000',
  );
});
