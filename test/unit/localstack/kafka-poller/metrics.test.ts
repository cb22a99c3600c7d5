import { afterEach, expect, test } from '@jest/globals';
import { createMetrics } from '../../../../localstack/kafka-poller/metrics.ts';
import { serveMetrics } from '../../../../localstack/kafka-poller/metrics-server.ts';

const MAPPING = {
  uuid: 'm1',
  functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f',
  consumerGroup: 'g',
};
const linesOf = async (metrics: ReturnType<typeof createMetrics>) => (await metrics.render()).split('\n');

test('a mapping has each of its counters at 0 from the start, so that the first event is an increase', async () => {
  const metrics = createMetrics();
  metrics.mapping(MAPPING).add('polledRecords', 3);
  const lines = await linesOf(metrics);
  const counters = lines.flatMap((line) => line.match(/^# TYPE (\w+) counter$/)?.[1] ?? []);
  expect(counters).toHaveLength(11);
  for (const name of counters) {
    expect(lines).toContain(`${name}{mapping="m1"} ${name === 'kafka_poller_polled_records_total' ? 3 : 0}`);
  }
});

test('the counters of a mapping go on after it was stopped and started again', async () => {
  const metrics = createMetrics();
  const first = metrics.mapping(MAPPING);
  first.add('invokeErrors');
  first.stop();
  metrics.mapping(MAPPING).add('invokeErrors');
  expect(await linesOf(metrics)).toContain('kafka_poller_invoke_errors_total{mapping="m1"} 2');
});

test('the lag of a partition has the name and labels of the Kafka exporter', async () => {
  const metrics = createMetrics();
  metrics.mapping(MAPPING).setLags([
    { topic: 't', partition: 0, lag: 2, end: 10, lagSeconds: 1.5 },
    { topic: 't', partition: 1, lag: 5, end: 5, lagSeconds: 60 },
  ]);
  const lines = await linesOf(metrics);
  expect(lines).toContain('kafka_consumergroup_lag{consumergroup="g",topic="t",partition="0"} 2');
  expect(lines).toContain('kafka_consumergroup_lag{consumergroup="g",topic="t",partition="1"} 5');
  expect(lines).toContain('kafka_consumergroup_lag_seconds{consumergroup="g",topic="t",partition="0"} 1.5');
  expect(lines).toContain('kafka_consumergroup_current_offset{consumergroup="g",topic="t",partition="0"} 8');
  expect(lines).toContain('kafka_topic_partition_current_offset{topic="t",partition="0"} 10');
});

test('two mappings of one consumer group give one value of its lag', async () => {
  const metrics = createMetrics();
  for (const [uuid, lag] of [
    ['m1', 7],
    ['m2', 8],
  ] as const) {
    metrics
      .mapping({ ...MAPPING, uuid })
      .setLags([{ topic: 't', partition: 0, lag, end: 10, lagSeconds: 0 }]);
  }
  const lags = (await linesOf(metrics)).filter((line) => line.startsWith('kafka_consumergroup_lag{'));
  expect(lags).toEqual(['kafka_consumergroup_lag{consumergroup="g",topic="t",partition="0"} 8']);
});

test('a mapping that is stopped has no lag, no pollers and no info any more', async () => {
  const metrics = createMetrics();
  const mapping = metrics.mapping(MAPPING);
  mapping.setLags([{ topic: 't', partition: 0, lag: 2, end: 2, lagSeconds: 0 }]);
  mapping.setPollers(2);
  const gauges = async () =>
    (await linesOf(metrics)).filter((line) => /^(kafka_consumergroup_lag|\w+_pollers|\w+_info){/.test(line));
  expect(await gauges()).toEqual([
    'kafka_consumergroup_lag{consumergroup="g",topic="t",partition="0"} 2',
    'kafka_poller_provisioned_pollers{mapping="m1"} 2',
    `kafka_poller_mapping_info{mapping="m1",function="${MAPPING.functionArn}",consumergroup="g"} 1`,
  ]);
  mapping.stop();
  expect(await gauges()).toEqual([]);
});

test('every metric has a help text and a name by Prometheus’s rules: snake_case, and _total for counters alone', async () => {
  const metrics = createMetrics();
  const families = (await metrics.render()).trim().split(/\n(?=# HELP )/);
  expect(families).toHaveLength(17);
  for (const family of families) {
    const [, name = '', type] =
      family.match(/^# HELP ([a-z]+(?:_[a-z]+)*) [A-Z].+\.\n# TYPE \1 (counter|gauge)(\n|$)/) ?? [];
    expect({ name, isCounter: type === 'counter' }).toEqual({
      name: expect.stringMatching(/^kafka_/),
      isCounter: name.endsWith('_total'),
    });
  }
});

let server: Awaited<ReturnType<typeof serveMetrics>> | undefined;
afterEach(() => server?.close());

test('/metrics answers in the text format, /healthz answers 200, other paths 404', async () => {
  server = await serveMetrics(0, createMetrics());
  const get = (path: string) => fetch(`http://127.0.0.1:${server?.port}${path}`);
  const metrics = await get('/metrics');
  expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await metrics.text()).toContain('# TYPE kafka_consumergroup_lag gauge');
  expect([(await get('/healthz')).status, (await get('/else')).status]).toEqual([200, 404]);
});
