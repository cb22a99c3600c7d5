import { expect, test } from '@jest/globals';
import { createMetrics } from '../../../../localstack/kafka-poller/metrics.ts';

// https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics
const COUNTERS = [
  ...['PolledEventCount', 'FilteredOutEventCount', 'InvokedEventCount', 'FailedInvokeEventCount'],
  ...['DroppedEventCount', 'OnFailureDestinationDeliveredEventCount', 'CommittedEventCount'],
  ...['PollingErrorCount', 'InvokeErrorCount', 'OnFailureDestinationDeliveryErrorCount', 'CommitErrorCount'],
];

test('a mapping has each of its counters from the start, so that the first event is an increase', () => {
  const metrics = createMetrics();
  metrics.mapping({ uuid: 'm1', consumerGroup: 'g' }).add('PolledEventCount', 3);
  const lines = metrics.render().split('\n');
  for (const name of COUNTERS) {
    expect(lines).toContain(`${name}{mapping="m1"} ${name === 'PolledEventCount' ? 3 : 0}`);
    expect(lines).toContain(`# TYPE ${name} counter`);
  }
});

test('lags are there by topic, by AWS’s names, and by partition, by the name of the Kafka exporter', () => {
  const metrics = createMetrics();
  metrics.mapping({ uuid: 'm1', consumerGroup: 'g' }).setLags([
    { topic: 't', partition: 0, lag: 2 },
    { topic: 't', partition: 1, lag: 5 },
  ]);
  const text = metrics.render();
  expect(text).toContain('OffsetLag{mapping="m1",topic="t"} 7');
  expect(text).toContain('MaxOffsetLag{mapping="m1",topic="t"} 5');
  expect(text).toContain('SumOffsetLag{mapping="m1",topic="t"} 7');
  expect(text).toContain('kafka_consumergroup_lag{consumergroup="g",topic="t",partition="1"} 5');
});

test('every name has a HELP and a TYPE line, in this order and before its values', () => {
  const metrics = createMetrics();
  const mapping = metrics.mapping({ uuid: 'm1', consumerGroup: 'g' });
  mapping.setLags([{ topic: 't', partition: 0, lag: 2 }]);
  mapping.setPollers(2);
  const families = metrics
    .render()
    .trim()
    .split(/\n(?=# HELP )/);
  expect(families).toHaveLength(COUNTERS.length + 5);
  for (const family of families) {
    const [, name = ''] = family.match(/^# HELP (\w+) /) ?? [];
    expect(family).toMatch(
      new RegExp(`^# HELP ${name} .+\\n# TYPE ${name} (counter|gauge)\\n${name}\\{.+\\} \\d+$`),
    );
  }
});
