import { expect, test } from '@jest/globals';
import { isLoopback, localEnvironment } from '../../../../localstack/platform/environment.ts';

test.each([
  'http://127.0.0.1:4566',
  'https://127.0.0.1:4566',
  'http://127.8.9.10:80',
  'http://localhost:4566',
  'http://LOCALHOST:4566',
  'http://[::1]:4566',
  'http://127.1:4566', // an old spelling of 127.0.0.1, which the URL standard keeps
])('%s is on this machine', (url) => {
  expect(isLoopback(url)).toBe(true);
});

test.each([
  ['AWS', 'https://s3.us-east-1.amazonaws.com'],
  ['a name that begins like an address', 'http://127.0.0.1.evil.com'],
  ['a name that begins like localhost', 'http://localhost.evil.com'],
  ['a name that a DNS server maps to this machine, today', 'http://localhost.localstack.cloud:4566'],
  ['a loopback address in the place of the user', 'http://127.0.0.1@evil.com'],
  ['a loopback address with a port in the place of user and password', 'http://127.0.0.1:4566@evil.com'],
  ['a loopback address with a user', 'http://user@127.0.0.1:4566'],
  ['a loopback address in the path', 'http://evil.com/127.0.0.1'],
  ['a loopback address in the fragment', 'http://evil.com#@127.0.0.1'],
  ['a backslash, which browsers read as a slash', 'http://evil.com\\@127.0.0.1'],
  ['all interfaces', 'http://0.0.0.0:4566'],
  ['a private address', 'http://10.0.0.1:4566'],
  ['an IPv6 address', 'http://[2001:db8::1]:4566'],
  ['an IPv6 address that wraps a foreign IPv4 one', 'http://[::ffff:10.0.0.1]:4566'],
  ['another protocol', 'ftp://127.0.0.1'],
  ['no protocol', '127.0.0.1:4566'],
  ['nothing', ''],
])('%s is not: %s', (_, url) => {
  expect(isLoopback(url)).toBe(false);
});

const account = { endpointUrl: 'http://127.0.0.1:4566', region: 'us-east-1' };

test('an endpoint elsewhere is refused by name', () => {
  expect(() => localEnvironment({ ...account, endpointUrl: 'http://evil.com' }, {})).toThrow(
    'http://evil.com',
  );
});

test('nothing of the caller’s AWS settings reaches a local deploy', () => {
  const environment = localEnvironment(account, {
    PATH: '/bin',
    AWS_PROFILE: 'production',
    AWS_SESSION_TOKEN: 'real',
    AWS_ACCESS_KEY_ID: 'real',
    AWS_ENDPOINT_URL_S3: 'https://s3.amazonaws.com',
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
  });
  expect(environment).toEqual({
    PATH: '/bin',
    NO_PROXY: 'localhost,127.0.0.1,::1',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
});
