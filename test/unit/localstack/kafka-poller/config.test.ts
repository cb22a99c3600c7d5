import { describe, expect, test } from '@jest/globals';
import { readConfig } from '../../../../localstack/kafka-poller/config.ts';

const keys = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' };

describe('credentials', () => {
  test.each([
    'http://127.0.0.1:4566',
    'http://localhost:4566',
    'http://[::1]:4566',
    'http://lambda.localhost',
  ])('credentials may be absent for %s', (url) => {
    expect(readConfig(['--endpoint-url', url], {})?.credentials.accessKeyId).toBe('test');
  });

  test.each([
    'https://lambda.us-east-1.amazonaws.com',
    'http://10.0.0.1:4566',
    'http://localhost.example.com',
  ])('credentials must be given for %s', (url) => {
    expect(() => readConfig(['--endpoint-url', url], {})).toThrow('AWS_ACCESS_KEY_ID');
    expect(readConfig(['--endpoint-url', url], keys)?.credentials).toEqual({
      accessKeyId: 'AKIA',
      secretAccessKey: 'secret',
    });
  });
});

test.each<[string[], string]>([
  [[], '--endpoint-url is missing'],
  [['--endpoint-url', 'nowhere'], 'not a URL'],
  [['--endpoint-url', 'http://127.0.0.1:1', '--metrics-port', 'x'], '--metrics-port x'],
  [['--endpoint-url', 'http://127.0.0.1:1', '--max-concurrency', '0'], '--max-concurrency 0'],
  [['--endpoint-url', 'http://127.0.0.1:1', '--metadata-max-age-ms', '5s'], '--metadata-max-age-ms 5s'],
])('%j is refused with a reason', (args, message) => {
  expect(() => readConfig(args, {})).toThrow(message);
});

test('--help needs no other option', () => {
  expect(readConfig(['--help'], {})).toBeUndefined();
});
