import { expect, test } from '@jest/globals';
import { isLoopback } from '../../../../localstack/platform/loopback.ts';

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
])('%s is not on this machine: %s', (_, url) => {
  expect(isLoopback(url)).toBe(false);
});
