// How long POST /predict takes, on the platform that runs here: at a steady rate, and of a function that has just started. See README.md.
import { parseArgs } from 'node:util';
import {
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda';
import { transactionToWire } from '../lambdas/shared/wire/transaction.ts';
import { defaultStateDir, readEndpoints } from '../localstack/endpoints.ts';
import { transactions } from '../localstack/generator/transactions.ts';
import { localAccount } from '../localstack/platform/local-account.ts';
import { readApiToken } from '../localstack/run/api-token.ts';

const { values: options } = parseArgs({
  options: {
    'state-dir': { type: 'string', default: defaultStateDir },
    rate: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '60' },
    'cold-starts': { type: 'string', default: '10' },
  },
});
const endpoints = readEndpoints(options['state-dir']);
if (!endpoints) throw new Error('Nothing is running: `npm start -- --once --keep` starts the platform.');
const rate = Number(options.rate);
const count = rate * Number(options.seconds);
const url = new URL('predict', endpoints.apiUrl);
const token = await readApiToken(endpoints, 'predict');
const seed = Date.now();
const stream = transactions({ seed, startMs: seed, accounts: 1_000, perDay: 8_000, fraudShare: 0.02 });

async function predict(): Promise<number> {
  const body = JSON.stringify(transactionToWire(stream.next().value.transaction));
  const startedAtMs = performance.now();
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
  return performance.now() - startedAtMs;
}

async function oneByOne(requests: number): Promise<number[]> {
  const times: number[] = [];
  while (times.length < requests) times.push(await predict());
  return times;
}

/** By the clock, whether the one before was answered or not: a slow answer makes others wait, and that is in their times. */
async function steady(): Promise<number[]> {
  const beganAtMs = performance.now();
  const answers = Array.from({ length: count }, async (_, at) => {
    const dueMs = beganAtMs + (at * 1_000) / rate;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    return predict();
  });
  return Promise.all(answers);
}

/** A change of its environment ends all processes of a function: the next request finds none. */
async function coldStarts(): Promise<number[]> {
  const lambda = new LambdaClient(localAccount(endpoints as NonNullable<typeof endpoints>));
  const FunctionName = 'isobar-local-score-transaction';
  const times: number[] = [];
  for (let at = 0; at < Number(options['cold-starts']); at++) {
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Description: `${seed} ${at}` }));
    await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 60 }, { FunctionName });
    times.push(await predict());
  }
  lambda.destroy();
  return times;
}

const quantile = (values: readonly number[], share: number): string =>
  `${(values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0).toFixed(0)} ms`;
const show = (what: string, values: readonly number[]) =>
  console.log(
    `${what}: ${values.length} requests, p50 ${quantile(values, 0.5)}, p95 ${quantile(values, 0.95)}, p99 ${quantile(values, 0.99)}, longest ${quantile(values, 1)}`,
  );

for (let at = 0; at < 20; at++) await predict();
show('one at a time', await oneByOne(200));
show(`${rate} a second`, await steady());
show('cold', await coldStarts());
