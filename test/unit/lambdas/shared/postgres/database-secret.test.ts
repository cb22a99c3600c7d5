import { expect, test } from '@jest/globals';
import { readEnv } from '../../../../../lambdas/shared/aws/env.ts';
import { kafkaSettings } from '../../../../../lambdas/shared/kafka/kafka-producer.ts';
import {
  databaseSettings,
  parseDatabaseSecret,
} from '../../../../../lambdas/shared/postgres/database-secret.ts';

const address = { host: 'there.example', port: 5433, database: 'isobar' };
const whole = { username: 'me', password: 'secret', host: 'here.example', port: 5432, dbname: 'weather' };

test('a secret has the login and the address; an address beside it is the one that counts', () => {
  expect(parseDatabaseSecret('arn', JSON.stringify(whole))).toEqual({
    user: 'me',
    password: 'secret',
    host: 'here.example',
    port: 5432,
    database: 'weather',
  });
  expect(parseDatabaseSecret('arn', JSON.stringify(whole), address)).toMatchObject(address);
});

test("RDS's own secret of a master user has no address, and needs none beside one", () => {
  const text = JSON.stringify({ username: 'me', password: 'secret' });
  expect(parseDatabaseSecret('arn', text, address)).toEqual({ user: 'me', password: 'secret', ...address });
  expect(() => parseDatabaseSecret('arn', text)).toThrow('The secret arn has no "host"');
});

test.each(['there.example', 'there.example:x/isobar', 'there.example:5433', ':5433/isobar'])(
  'the address "%s" is refused, with the form that it must have',
  (text) => {
    const env = { DATABASE_SECRET_ARN: 'arn', DATABASE_ADDRESS: text };
    expect(() => readEnv(databaseSettings, env)).toThrow(
      `DATABASE_ADDRESS is "${text}", expected host:port/database`,
    );
  },
);

test('a login by password needs a secret, and others need none', () => {
  const env = { KAFKA_BROKERS: 'a:1', KAFKA_AUTH: 'scram' };
  expect(() => readEnv(kafkaSettings, env)).toThrow('KAFKA_SECRET_ARN is missing');
  expect(readEnv(kafkaSettings, { ...env, KAFKA_AUTH: 'iam' })).toMatchObject({ auth: 'iam' });
});
