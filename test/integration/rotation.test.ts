import {
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { localAccount } from '../../localstack/platform/local-account.ts';
import { readApiToken } from '../../localstack/run/api-token.ts';
import { aTransaction, callsTo } from './api-calls.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

const SecretId = 'isobar/local/database/fraud';

let platform: ReturnType<typeof openDeployedPlatform>;
let token: string;
let secrets: SecretsManagerClient;
beforeAll(async () => {
  platform = openDeployedPlatform();
  token = await readApiToken(platform.endpoints, 'predict');
  secrets = new SecretsManagerClient(localAccount(platform.endpoints));
});
afterAll(async () => {
  secrets.destroy();
  await platform.close();
});

const login = async (): Promise<string> => {
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId }));
  return JSON.parse(SecretString).username;
};

/** Sends a transaction, and returns the status of the answer. */
const score = async () => {
  const call = callsTo(() => platform.endpoints.apiUrl);
  return (await call('POST', 'predict', { token, body: aTransaction() })).status;
};

/** The logins with which the functions of a role are connected. */
const connected = async () =>
  (
    await platform.rows<{ usename: string }>(
      `select distinct usename from pg_stat_activity where usename like 'isobar\\_fraud\\_%'`,
    )
  ).map(({ usename }) => usename);

test('Secrets Manager rotates a secret by the function; scoring goes on, also on a new connection', async () => {
  expect(await score()).toBe(200);
  const before = await login();
  await secrets.send(new RotateSecretCommand({ SecretId }));
  const after = await login();
  expect([before, after].sort()).toEqual(['isobar_fraud_a', 'isobar_fraud_b']);
  expect(await score()).toBe(200);

  await platform.rows(`select pg_terminate_backend(pid) from pg_stat_activity where usename = $1`, [before]);
  await secrets.send(new RotateSecretCommand({ SecretId }));
  expect(await login()).toBe(before);
  expect(await score()).toBe(200);
  expect(await connected()).toContain(before);
});
