import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CASES } from './cases.ts';
import { type Cluster, connectCluster } from './cluster.ts';
import { tableOf } from './conformance-table.ts';
import { type LambdaApi, startLambdaApi } from './lambda-api.ts';
import { type PollerProcess, startPoller } from './poller-process.ts';
import { type Outcome, refuseFirst, stageCase } from './run-case.ts';

const README = new URL('../../../localstack/kafka-poller/README.md', import.meta.url);

/** How events come to the function: as the body of the invoke, or in memory that the poller shares. */
const WAYS = ['sent', 'shared'] as const;
type Way = Awaited<ReturnType<typeof runCases>>;

let cluster: Cluster;
const ways = new Map<string, Way>();
const passed = new Set<string>();

/** Runs all cases at once, each with its own mapping, as they would run side by side in an account. */
async function runCases(api: LambdaApi) {
  const staged = await Promise.all(CASES.map((one) => stageCase(one, cluster, api)));
  const topics = staged.map(({ topic }) => topic);
  refuseFirst(api, (topic) => CASES[topics.indexOf(topic)]?.refusals ?? 0);
  const poller = await startPoller(api.url, '--metrics-port', '0');
  pollers.push(poller);
  const joined = (uuid: string) =>
    poller.lines.some(({ event, mapping }) => event === 'joined' && mapping === uuid);
  await Promise.all(staged.map(({ settled }) => settled(joined)));
  const outcomes: Outcome[] = [];
  for (const { outcome } of staged) outcomes.push(await outcome());
  const port = poller.lines.find(({ event }) => event === 'ready')?.metricsPort;
  const counters = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const uuids = new Map(staged.map(({ uuid }, i) => [CASES[i]?.name ?? '', uuid]));
  return { outcomes, counters, uuids, invokes: api.calls.length, sharedInvokes: api.sharedInvokes() };
}

const pollers: PollerProcess[] = [];
const apis: LambdaApi[] = [];
beforeAll(async () => {
  cluster = await connectCluster();
  const run = async (way: string) => {
    const api = await startLambdaApi({ isSharing: way === 'shared' });
    apis.push(api);
    ways.set(way, await runCases(api));
  };
  await Promise.all(WAYS.map(run));
}, 600_000);

afterAll(async () => {
  process.stdout.write(`\n${tableOf(CASES, (name) => WAYS.every((way) => passed.has(`${way} ${name}`)))}\n`);
  for (const poller of pollers) await poller.stop('SIGKILL');
  for (const api of apis) await api.close();
  await cluster?.close();
});

describe.each(WAYS)('as on AWS, with events that are %s', (way) => {
  test.each(CASES.map((one, i) => ({ ...one, i })))(`$name (${way})`, ({ i, ...one }) => {
    expect(ways.get(way)?.outcomes[i]).toEqual({
      invokes: one.invokes,
      commits: one.commits,
      destinations: one.destinations ?? [],
      firstRecord: one.firstRecord,
    });
    passed.add(`${way} ${one.name}`);
  });
});

test('events are shared with an endpoint that reads them, and sent to others', () => {
  const { invokes = 0, sharedInvokes } = ways.get('shared') ?? {};
  expect(sharedInvokes).toBeGreaterThan(invokes / 2);
  expect(ways.get('sent')?.sharedInvokes).toBe(0);
});

// README.md, "Metrics", gives AWS's name of each.
test.each<[string, { [counter: string]: number }]>([
  [
    'records that match no filter are not delivered, and count as processed',
    { polled_records: 3, filtered_records: 2, invoked_records: 1, failed_records: 0 },
  ],
  [
    'MaximumRetryAttempts drops a batch after so many retries, the first attempt not counted',
    {
      invoked_records: 5,
      failed_records: 4,
      invoke_errors: 2,
      dropped_records: 2,
      destination_records: 0,
    },
  ],
  [
    'a failed batch goes to a destination on SQS',
    { invoke_errors: 2, dropped_records: 0, destination_records: 2 },
  ],
  [
    'a destination that refuses records blocks the partition until it accepts them',
    { destination_errors: 2, destination_records: 1 },
  ],
])('the counters are right when %s', (name, expected) => {
  for (const { counters, uuids } of ways.values()) {
    for (const [counter, value] of Object.entries(expected))
      expect(counters).toContain(`\nkafka_poller_${counter}_total{mapping="${uuids.get(name)}"} ${value}\n`);
  }
});

test('the README has the table of all cases', () => {
  expect(readFileSync(README, 'utf8')).toContain(tableOf(CASES, () => true));
});
