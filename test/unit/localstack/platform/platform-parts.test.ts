import { expect, test } from '@jest/globals';
import { endpointsOf, localServices, wellKnownPorts } from '../../../../localstack/platform/services.ts';

const namesOf = (parts: Parameters<typeof localServices>[3]) =>
  localServices(wellKnownPorts, '/data', '/state', parts).map(({ name }) => name);

test('the platform alone has no service of the stacks of Isobar, and as many brokers as wanted', () => {
  const parts = { platformOnly: true, brokers: 1, prometheus: '/usr/bin/prometheus' };
  expect(namesOf(parts)).toEqual(['localstack', 'broker-1', 'postgres', 'kafka-poller']);
  expect(endpointsOf(wellKnownPorts, parts)).toMatchObject({
    kafkaBrokers: ['127.0.0.1:9092'],
    consoleUrl: '',
    slackInboxUrl: '',
    prometheusUrl: '',
    platformOnly: true,
  });
});

test('with the stacks, three brokers, the console first, and Prometheus where there is one', () => {
  expect(namesOf({})).toEqual([
    'console',
    'localstack',
    'broker-1',
    'broker-2',
    'broker-3',
    'postgres',
    'kafka-poller',
    'slack-inbox',
  ]);
  expect(namesOf({ prometheus: '/usr/bin/prometheus' })).toEqual(
    expect.arrayContaining(['prometheus', 'alert-relay']),
  );
  expect(endpointsOf(wellKnownPorts)).not.toHaveProperty('platformOnly');
});
