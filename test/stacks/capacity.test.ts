import { expect, test } from '@jest/globals';
import type { AppConfig } from '../../lib/app-config.ts';
import { stages } from '../../lib/config.ts';
import { connectionFaults, databaseConcurrency } from '../../lib/guards/connection-budget.ts';
import { allOfType, templatesOf } from './synthesized.ts';
import { withApp } from './with-app.ts';

const { prod, dev } = stages;

test('a rate that the disks cannot hold fails the synthesis', () => {
  const config = { ...prod, capacity: { ...prod.capacity, recordsPerSecond: 2_000 } };
  expect(() => withApp(config, () => {})).toThrow('Stage prod cannot hold 2000 records/s');
});

test.each([dev, prod])(
  'all functions of stage $stage together leave connections of Postgres free',
  (config) => {
    withApp(config, (app) => {
      const pools = databaseConcurrency(app, config).reduce(
        (sum, { environments }) => sum + 2 * environments,
        0,
      );
      const { maxConnections, reservedConnections } = config.database;
      expect(pools).toBeLessThanOrEqual(maxConnections - reservedConnections);
      expect(reservedConnections).toBeGreaterThan(0);
      expect(connectionFaults(app, config)).toEqual([]);
    });
  },
);

test('concurrency follows from partitions, pollers, queues and reservations', () => {
  const environmentsOf = (config: AppConfig) =>
    withApp(config, (app) =>
      Object.fromEntries(
        databaseConcurrency(app, config).map(({ name, environments }) => [
          name.replace(`isobar-${config.stage}-`, ''),
          environments,
        ]),
      ),
    );
  expect(environmentsOf(prod)).toMatchObject({
    // One for each of ten partitions, of three and of one.
    'land-observations': 10,
    'retry-observations': 3,
    'record-errors': 1,
    // Two queues of two, and a queue of five.
    'notify-slack': 4,
    'ingest-observations': 5,
    'score-transaction': 100,
    'show-metrics': 10,
    // A schedule.
    'tidy-observations': 1,
  });
  // One poller with five invocations; an API without a reservation starts as many as its burst.
  expect(environmentsOf(dev)).toMatchObject({
    'land-observations': 5,
    'score-transaction': dev.api.burstRequests,
  });
});

test('more connections than Postgres has fail the synthesis, and name who takes most', () => {
  const config = { ...prod, database: { ...prod.database, maxConnections: 300 } };
  expect(() => withApp(config, (app) => app.synth())).toThrow(
    'Functions may open 368 connections to Postgres, which allows 300, 20 of them reserved. ' +
      'Most: isobar-prod-score-transaction 200, ',
  );
});

test('in production the API has executions of its own, and leaves most of the account to the consumers', () => {
  const functions = allOfType(templatesOf(prod), 'AWS::Lambda::Function');
  const reserved = functions
    .map(({ Properties }) => Properties.ReservedConcurrentExecutions)
    .filter((executions) => executions !== undefined);
  expect(reserved).toEqual([100, 10, 10, 10]);
});

test('MSK grows the disks of the brokers before the alarm goes off, up to a limit', () => {
  const templates = templatesOf(prod);
  const [target] = allOfType(templates, 'AWS::ApplicationAutoScaling::ScalableTarget');
  expect(target?.Properties).toMatchObject({
    ServiceNamespace: 'kafka',
    ScalableDimension: 'kafka:broker-storage:VolumeSize',
    MinCapacity: 100,
    MaxCapacity: 1_000,
  });
  const [policy] = allOfType(templates, 'AWS::ApplicationAutoScaling::ScalingPolicy');
  expect(policy?.Properties).toMatchObject({
    PolicyType: 'TargetTrackingScaling',
    TargetTrackingScalingPolicyConfiguration: {
      // The alarm kafka-disk goes off at 80 %.
      TargetValue: 70,
      DisableScaleIn: true,
      PredefinedMetricSpecification: { PredefinedMetricType: 'KafkaBrokerStorageUtilization' },
    },
  });
});
