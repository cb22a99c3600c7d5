import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  InvokeCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { afterAll, expect, test } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import { updateFunctions } from '../../../../localstack/dev/deployed-functions.ts';
import { localAccount } from '../../../../localstack/platform/local-account.ts';

const endpoints = { awsEndpointUrl: process.env.ISOBAR_TEST_AWS_ENDPOINT_URL ?? '', region: 'us-east-1' };
const client = new LambdaClient(localAccount(endpoints));
const FunctionName = 'isobar-local-answering';
const answering = (answer: string) => `exports.handler = async () => '${answer}'`;

afterAll(async () => {
  await client.send(new DeleteFunctionCommand({ FunctionName }));
  client.destroy();
});

async function call(): Promise<unknown> {
  const { Payload } = await client.send(new InvokeCommand({ FunctionName }));
  return JSON.parse(Buffer.from(Payload ?? []).toString());
}

test('the first call after an update runs the new code, also where the function has run before', async () => {
  await client.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/any',
      Code: { ZipFile: zipSync({ 'index.js': strToU8(answering('before')) }) },
    }),
  );
  await waitUntilFunctionActiveV2({ client, maxWaitTime: 60, minDelay: 0.1 }, { FunctionName });
  expect(await call()).toBe('before');
  await updateFunctions(endpoints, [{ folder: 'answering', code: answering('after') }]);
  expect(await call()).toBe('after');
});
