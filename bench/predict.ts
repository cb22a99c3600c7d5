// Measures POST /predict on the running platform: latency of one request at a time, at a steady rate and with
// cold starts; the rate of several clients; and CPU time by program. See README.md.
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
import { cpuSeconds, cpuSecondsPerMillion } from './cpu-seconds.ts';
import { quantile } from './statistics.ts';

const { values: options } = parseArgs({
  options: {
    'state-dir': { type: 'string', default: defaultStateDir },
    rate: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '60' },
    clients: { type: 'string', default: '8' },
    requests: { type: 'string', default: '2000' },
    'cold-starts': { type: 'string', default: '10' },
  },
});
const endpoints = readEndpoints(options['state-dir']);
if (!endpoints) throw new Error('The platform is not running. Start it with `npm start -- --once --keep`.');
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

/**
 * Sends requests by the clock, without waiting for answers, so that waiting behind a slow request counts too.
 */
async function steady(): Promise<number[]> {
  const beganAtMs = performance.now();
  const answers = Array.from({ length: count }, async (_, at) => {
    const dueMs = beganAtMs + (at * 1_000) / rate;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    return predict();
  });
  return Promise.all(answers);
}

/** Several clients, each with one request at a time. */
async function bySeveral(clients: number, requests: number): Promise<number[]> {
  const each = Array.from({ length: clients }, () => oneByOne(Math.ceil(requests / clients)));
  return (await Promise.all(each)).flat();
}

/**
 * Changing its configuration ends all processes of a function, so that each request here meets a cold start.
 */
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

function show(what: string, values: readonly number[]): void {
  const ms = (share: number) => `${quantile(values, share).toFixed(0)} ms`;
  const quantiles = `p50 ${ms(0.5)}, p95 ${ms(0.95)}, p99 ${ms(0.99)}, longest ${ms(1)}`;
  console.log(`${what}: ${values.length} requests, ${quantiles}`);
}

/** Prints the requests/s and, as a busy machine changes it less than time, the CPU time of each program. */
async function measure(what: string, work: () => Promise<number[]>): Promise<void> {
  const before = cpuSeconds(options['state-dir']);
  const beganAtMs = performance.now();
  const times = await work();
  const perSecond = times.length / ((performance.now() - beganAtMs) / 1_000);
  show(`${what}, ${perSecond.toFixed(1)} requests/s`, times);
  const used = cpuSecondsPerMillion(before, cpuSeconds(options['state-dir']), times.length);
  const ms = used.map(({ name, perMillion }) => ({ name, ms: perMillion / 1_000 }));
  const programs = ms.filter((each) => each.ms >= 0.1).map((each) => `${each.name} ${each.ms.toFixed(1)}`);
  const all = ms.reduce((sum, each) => sum + each.ms, 0);
  console.log(`  CPU-ms a request: ${all.toFixed(1)}: ${programs.join(', ')}`);
}

for (let at = 0; at < 20; at++) await predict();
await measure('one at a time', () => oneByOne(200));
await measure(`${rate} per second`, steady);
const clients = Number(options.clients);
await measure(`${clients} clients`, () => bySeveral(clients, Number(options.requests)));
if (Number(options['cold-starts']) > 0) show('cold start', await coldStarts());
