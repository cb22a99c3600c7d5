import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type SecureBroker, startSecureBroker, USER } from '../../../kafka-esm/secure-broker.ts';

const producer = path.resolve(import.meta.dirname, '../../../../../lambdas/shared/kafka/kafka-producer.ts');

/** Secrets Manager, which has this value for every secret. */
let secret: object = USER;
const secrets = createServer((_, response) => {
  response
    .writeHead(200, { 'content-type': 'application/x-amz-json-1.1' })
    .end(JSON.stringify({ SecretString: JSON.stringify(secret) }));
});

let broker: SecureBroker;
beforeAll(async () => {
  await new Promise<void>((listening) => secrets.listen(0, '127.0.0.1', listening));
  broker = await startSecureBroker();
});
afterAll(async () => {
  secrets.close();
  await broker?.stop();
});

const program = `
  const { connectProducer, kafkaSettings } = await import(${JSON.stringify(producer)});
  const { readEnv } = await import(${JSON.stringify(path.join(producer, '../../aws/env.ts'))});
  const producer = connectProducer(readEnv(kafkaSettings));
  const messages = [{ key: 'k', value: 'v', headers: {} }];
  await producer.send({ topic: process.argv[1], partition: 0, messages });
  await producer.close();
`;

/** Sends a message from a process that trusts the broker's CA, as Lambda's trusts that of MSK. */
const send = (topic: string) =>
  promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, topic], {
    env: {
      ...process.env,
      NODE_EXTRA_CA_CERTS: broker.caFile,
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(secrets.address() as AddressInfo).port}`,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      KAFKA_BROKERS: broker.address('scram'),
      KAFKA_AUTH: 'scram',
      KAFKA_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:AmazonMSK_test-AbCdEf',
    },
  });

test('a producer logs in over TLS with the name and the password of the secret', async () => {
  const topic = await broker.cluster.createTopic(1);
  await send(topic);
  const [{ high } = { high: '0' }] = await broker.cluster.admin.fetchTopicOffsets(topic);
  expect(high).toBe('1');
});

test('a secret without a password is named', async () => {
  secret = { username: USER.username };
  await expect(send('any')).rejects.toThrow('AmazonMSK_test-AbCdEf has no "username" or no "password"');
});
