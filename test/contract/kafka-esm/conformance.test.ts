import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CASES } from './cases.ts';
import { type Cluster, connectCluster } from './cluster.ts';
import { tableOf } from './conformance-table.ts';
import { type LambdaApi, startLambdaApi } from './lambda-api.ts';
import { type PollerProcess, startPoller } from './poller-process.ts';
import { type Outcome, refuseFirst, stageCase } from './run-case.ts';

const README = new URL('../../../localstack/kafka-poller/README.md', import.meta.url);

let cluster: Cluster;
let api: LambdaApi;
let poller: PollerProcess;
const outcomes: Outcome[] = [];
const passed = new Set<string>();

/** All cases at once, each a mapping of the one poller, as they would be side by side in an account. */
beforeAll(async () => {
  cluster = await connectCluster();
  api = await startLambdaApi();
  const staged = await Promise.all(CASES.map((one) => stageCase(one, cluster, api)));
  const topics = api.mappings().map(({ Topics }) => String(Topics));
  refuseFirst(api, (topic) => CASES[topics.indexOf(topic)]?.refusals ?? 0);
  poller = await startPoller(api.url);
  const joined = (uuid: string) =>
    poller.lines.some(({ event, mapping }) => event === 'joined' && mapping === uuid);
  await Promise.all(staged.map(({ settled }) => settled(joined)));
  for (const { outcome } of staged) outcomes.push(await outcome());
}, 600_000);

afterAll(async () => {
  process.stdout.write(`\n${tableOf(CASES, (name) => passed.has(name))}\n`);
  await poller?.stop('SIGKILL');
  await api?.close();
  await cluster?.close();
});

describe('as AWS does it:', () => {
  test.each(CASES.map((one, i) => ({ ...one, i })))('$name', ({ i, ...one }) => {
    expect(outcomes[i]).toEqual({
      invokes: one.invokes,
      commits: one.commits,
      destinations: one.destinations ?? [],
      firstRecord: one.firstRecord,
    });
    passed.add(one.name);
  });
});

test('the README shows the table', () => {
  expect(readFileSync(README, 'utf8')).toContain(tableOf(CASES, () => true));
});
