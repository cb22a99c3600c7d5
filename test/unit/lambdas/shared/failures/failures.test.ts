import { S3ServiceException } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { BadRecord, isOutage, Transient } from '../../../../../lambdas/shared/failures/failures.ts';

const withCode = (code: string) => Object.assign(new Error('…'), { code });
const fromS3 = (httpStatusCode: number, $fault: 'client' | 'server') =>
  new S3ServiceException({ name: 'Any', $fault, $metadata: { httpStatusCode }, message: '…' });

test.each([
  ['a broker that refuses connections', withCode('ECONNREFUSED')],
  ['a connection that breaks', withCode('ECONNRESET')],
  ['Postgres shutting down', withCode('57P01')],
  ['Postgres out of connections', withCode('53300')],
  ['a statement that ran out of time', withCode('57014')],
  ['a session that was idle in its transaction', withCode('25P03')],
  ['a transaction that took too long', withCode('25P04')],
  ['a lock that was not free in time', withCode('55P03')],
  ['a missing table', withCode('42P01')],
  ['a connection that pg lost', new Error('Connection terminated unexpectedly')],
  ['S3 failing', fromS3(500, 'server')],
  ['S3 asking to slow down', fromS3(503, 'client')],
  ['an outage as the cause of another error', new Error('Putting failed', { cause: withCode('EPIPE') })],
])('%s is an outage', (_, error) => {
  expect(isOutage(error)).toBe(true);
});

test.each([
  ['a value that Postgres refuses', withCode('22003')],
  ['a row that already exists', withCode('23505')],
  ['a deadlock', withCode('40P01')],
  ['a bad record', new BadRecord('TYPE_ERROR', '…')],
  ['a record to try again', new Transient('…')],
  ['a bug', new TypeError('undefined is not a function')],
  ['S3 refusing one key', fromS3(400, 'client')],
  ['a text', 'text'],
])('%s is not an outage', (_, error) => {
  expect(isOutage(error)).toBe(false);
});
