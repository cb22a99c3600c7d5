import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { expect, test } from '@jest/globals';
import { readCloudWatch } from '../../../../../lambdas/fraud/show-cloudwatch/cloudwatch.ts';
import { type Asked, showCloudWatch } from '../../../../../lambdas/fraud/show-cloudwatch/show-cloudwatch.ts';
import { parseTargets } from '../../../../../lambdas/fraud/show-cloudwatch/targets.ts';
import type { CloudWatchTargets } from '../../../../../lambdas/shared/metrics/cloudwatch-metrics.ts';
import { parsePrometheusText } from '../show-metrics/parse-prometheus-text.ts';

const targets: CloudWatchTargets = {
  account: { id: '123456789012', region: 'us-east-1' },
  functions: ['isobar-prod-land-observations', 'isobar-prod-watch-weather'],
  queues: ['isobar-prod-retries'],
  machines: ['isobar-prod-daily'],
  apis: ['isobar-prod'],
  jobs: ['isobar-prod-daily-summary'],
  workGroups: ['isobar-prod'],
  databases: ['isobar-prod'],
  buckets: ['isobar-prod-lake'],
  clusters: ['isobar-prod'],
  brokers: 3,
  groups: [['land-observations', 'weather-data']],
};

/** Shows what `of` says of each series; counts how often it reads. */
function shown(of: (asked: Asked) => number | undefined) {
  const world = { reads: 0, nowMs: 0, fails: false };
  const show = showCloudWatch(targets, 300, {
    read: async (asked) => {
      world.reads += 1;
      if (world.fails) throw new Error('no CloudWatch');
      return asked.map(of);
    },
    now: () => world.nowMs,
  });
  return { world, show, families: async () => parsePrometheusText((await show()).body) };
}

test('each series has the name, the labels and the newest value of its metric', async () => {
  const { families } = shown(({ metric, dimensions }) =>
    metric.metric === 'Duration' && dimensions.FunctionName?.endsWith('watch-weather') ? 812.5 : undefined,
  );
  const family = (await families()).get('aws_lambda_duration_maximum');
  expect(family).toMatchObject({ type: 'untyped' });
  expect(family?.samples).toEqual([
    {
      name: 'aws_lambda_duration_maximum',
      labels: { function_name: 'isobar-prod-watch-weather' },
      value: 812.5,
    },
  ]);
});

test('a sum without data is 0, because nothing happened; any other statistic is left out', async () => {
  const all = await shown(() => undefined).families();
  expect(all.get('aws_states_executions_failed_sum')?.samples).toEqual([
    { name: 'aws_states_executions_failed_sum', labels: { state_machine: 'isobar-prod-daily' }, value: 0 },
  ]);
  expect(all.get('aws_rds_cpu_utilization_average')?.samples).toEqual([]);
});

type Query = { Id: string; MetricStat: { Stat: string; Period: number; Metric: { MetricName: string } } };
type Input = { MetricDataQueries: Query[]; StartTime: Date; EndTime: Date; NextToken?: string };

/**
 * Values of services that only AWS has, as GetMetricData answers them: the newest first, and no values for
 * what was not measured.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
const recorded: Readonly<Record<string, readonly number[]>> = {
  KafkaDataLogsDiskUsed: [41.7, 41.6],
  EstimatedMaxTimeLag: [12, 0],
  FreeStorageSpace: [91_268_055_040],
  BucketSizeBytes: [7_340_032, 7_000_000],
};
const answering = (inputs: Input[] = []) =>
  ({
    send: async ({ input }: { input: Input }) => {
      inputs.push(input);
      const MetricDataResults = input.MetricDataQueries.map(({ Id, MetricStat: { Metric, Period } }) => {
        const Values = recorded[Metric.MetricName] ?? [];
        const Timestamps = Values.map((_, ago) => new Date(Date.UTC(2026, 10, 29) - ago * Period * 1_000));
        return { Id, Label: Metric.MetricName, StatusCode: 'Complete', Values, Timestamps };
      });
      return { MetricDataResults, Messages: [] };
    },
  }) as unknown as CloudWatchClient;

test('answers of CloudWatch about MSK, RDS and S3, which only AWS has, appear under their dimensions', async () => {
  const show = showCloudWatch(targets, 300, { read: readCloudWatch(300, answering()), now: () => 0 });
  const all = parsePrometheusText((await show()).body);
  expect(all.get('aws_kafka_kafka_data_logs_disk_used_maximum')?.samples.map(({ labels }) => labels)).toEqual(
    ['1', '2', '3'].map((broker_id) => ({ cluster_name: 'isobar-prod', broker_id })),
  );
  expect(all.get('aws_kafka_estimated_max_time_lag_maximum')?.samples[0]).toMatchObject({
    labels: { consumer_group: 'land-observations', cluster_name: 'isobar-prod', topic: 'weather-data' },
    value: 12,
  });
  expect(all.get('aws_rds_free_storage_space_minimum')?.samples[0]?.value).toBe(91_268_055_040);
  expect(all.get('aws_s3_bucket_size_bytes_average')?.samples).toEqual([
    {
      name: 'aws_s3_bucket_size_bytes_average',
      labels: { bucket_name: 'isobar-prod-lake', storage_type: 'StandardStorage' },
      value: 7_340_032,
    },
  ]);
});

test('what S3 measures once a day is asked for in a call of its own, over days', async () => {
  const inputs: Input[] = [];
  const show = showCloudWatch(targets, 300, { read: readCloudWatch(300, answering(inputs)), now: () => 0 });
  await show();
  const spans = inputs.map(({ MetricDataQueries, StartTime, EndTime }) => ({
    hours: (EndTime.getTime() - StartTime.getTime()) / 3_600_000,
    periods: [...new Set(MetricDataQueries.map(({ MetricStat }) => MetricStat.Period))],
  }));
  expect(spans).toEqual([
    { hours: 0.25, periods: [300] },
    { hours: 72, periods: [86_400] },
  ]);
});

test('CloudWatch is read once in a period, however often and however many at once ask', async () => {
  const { world, show } = shown(() => 1);
  await Promise.all([show(), show(), show()]);
  world.nowMs = 299_999;
  await show();
  expect(world.reads).toBe(1);
  world.nowMs = 300_000;
  await show();
  expect(world.reads).toBe(2);
});

test('a failed read is not kept: the next request reads again', async () => {
  const { world, show } = shown(() => 1);
  world.fails = true;
  await expect(show()).rejects.toThrow('no CloudWatch');
  world.fails = false;
  expect((await show()).status).toBe(200);
});

test('one call asks for up to 500 series, and every page is read', async () => {
  const inputs: Input[] = [];
  const client = {
    send: async ({ input }: { input: Input }) => {
      inputs.push(input);
      const more = input.MetricDataQueries.length === 500 && input.NextToken === undefined;
      const ids = input.MetricDataQueries.map(({ Id }) => Id);
      return {
        MetricDataResults: ids.flatMap((Id, at) =>
          (at % 2 === 0) === more ? [{ Id, Values: [Number(Id.slice(1)), -1] }] : [],
        ),
        NextToken: more ? 'page 2' : undefined,
      };
    },
  };
  const asked = Array.from({ length: 501 }, (_, at): Asked => {
    return {
      metric: { namespace: 'AWS/Lambda', metric: 'Errors', statistic: 'Sum' },
      dimensions: { FunctionName: `f${at}` },
    };
  });
  const values = await readCloudWatch(300, client as unknown as CloudWatchClient)(asked);
  expect(inputs.map(({ MetricDataQueries, NextToken }) => [MetricDataQueries.length, NextToken])).toEqual([
    [500, undefined],
    [500, 'page 2'],
    [1, undefined],
  ]);
  expect(values.slice(0, 500)).toEqual(Array.from({ length: 500 }, (_, at) => at));
});

test('a refusal says what was attempted', async () => {
  const cause = new Error('AccessDenied');
  const client = { send: async () => Promise.reject(cause) } as unknown as CloudWatchClient;
  const asked: Asked[] = [
    { metric: { namespace: 'AWS/SQS', metric: 'X', statistic: 'Sum' }, dimensions: { QueueName: 'q' } },
  ];
  await expect(readCloudWatch(300, client)(asked)).rejects.toMatchObject({
    message: 'Reading 1 metrics from CloudWatch failed',
    cause,
  });
});

test('targets that lack a kind of resource are refused', () => {
  const { queues: _, ...others } = targets;
  expect(parseTargets(JSON.stringify(targets))).toEqual(targets);
  expect(() => parseTargets(JSON.stringify(others))).toThrow('no list of queues');
});
