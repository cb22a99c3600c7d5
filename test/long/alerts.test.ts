import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { localAccount } from '../../localstack/platform/local-account.ts';
import type { Platform } from '../../localstack/platform/platform.ts';
import { processList } from '../../localstack/platform/processes.ts';
import { openIncoming } from '../../localstack/run/incoming.ts';
import { launch } from '../../localstack/run/launch.ts';
import { projectRoot } from '../../localstack/setup/tools.mjs';
import { waitFor } from '../../localstack/wait-for.ts';
import { openPrometheus } from '../fixtures/prometheus.ts';

const timeoutMs = 900_000;
const patience = { deadlineMs: 400_000, everyMs: 2_000 };

let stateDir: string;
let platform: Platform;
let prometheus: ReturnType<typeof openPrometheus>;

beforeAll(async () => {
  stateDir = mkdtempSync(path.join(tmpdir(), 'isobar-alerts-'));
  const { signal } = new AbortController();
  platform = await launch({ stateDir, anyPorts: true, onEvent: () => undefined, signal });
  prometheus = openPrometheus(platform.endpoints.prometheusUrl);
  // With these rows, the consumers have their places in the ledger.
  const name = 'observations-2024-11-clean.csv';
  const content = readFileSync(path.join(projectRoot, 'localstack/sample', name));
  const incoming = openIncoming(platform.endpoints);
  await incoming.drop({ name, content });
  incoming.close();
  const inLedger = async () =>
    (await prometheus.series('ledger_next_offset{consumergroup="watch-weather"}')) > 0;
  await waitFor('watch-weather to be in the ledger', inLedger, patience);
}, timeoutMs);
afterAll(async () => {
  await platform.stop();
  rmSync(stateDir, { recursive: true, force: true });
}, timeoutMs);

/** Stops a service without ending it, so that the supervisor does not start it again. */
const pause = (name: string) => async () => {
  const { pid } =
    processList(stateDir)
      .read()
      .find((record) => record.name === name) ?? {};
  if (pid === undefined) throw new Error(`No process ${name}`);
  process.kill(-pid, 'SIGSTOP');
  return async () => void process.kill(-pid, 'SIGCONT');
};

/** Disables the event source mapping of a consumer. */
const disable = (folder: string) => async () => {
  const client = new LambdaClient(localAccount(platform.endpoints));
  const FunctionName = `isobar-local-${folder}`;
  const { EventSourceMappings = [] } = await client.send(
    new ListEventSourceMappingsCommand({ FunctionName }),
  );
  const { UUID } = EventSourceMappings.find(({ Topics }) => Topics !== undefined) ?? {};
  await client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }));
  return async () => {
    await client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }));
    client.destroy();
  };
};

/**
 * Takes the target from the schedule of a job. LocalStack goes on with a rule that is disabled. No client of
 * EventBridge is among the packages.
 */
const stopSchedule = (rule: string) => async () => {
  const { awsEndpointUrl, region } = platform.endpoints;
  const call = async (action: string, body: object) => {
    const scope = `Credential=test/20260101/${region}/events/aws4_request`;
    const response = await fetch(awsEndpointUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSEvents.${action}`,
        authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify({ Rule: rule, ...body }),
    });
    if (!response.ok)
      throw new Error(`${action} ${rule} failed: ${response.status} ${await response.text()}`);
    return (await response.json()) as { readonly Targets?: readonly { readonly Id: string }[] };
  };
  const { Targets = [] } = await call('ListTargetsByRule', {});
  await call('RemoveTargets', { Ids: Targets.map(({ Id }) => Id) });
  return async () => void (await call('PutTargets', { Targets }));
};

/** What each fault makes fire: these alerts, and no others. */
const faults: readonly (readonly [
  fault: string,
  cause: () => Promise<() => Promise<void>>,
  fires: readonly string[],
])[] = [
  ['a broker that hangs', pause('broker-3'), ['BrokerDown', 'KafkaUnderReplicated']],
  ['a consumer whose mapping is disabled', disable('watch-weather'), ['ConsumerMissing']],
  ['a job that nothing starts', stopSchedule('isobar-local-measure-drift'), ['JobDeadDrift']],
  ['a database that hangs', pause('postgres'), ['TargetDown']],
];

const firing = async () => [...new Set(await prometheus.firing())].sort();

const quiet = () => waitFor('all targets to be up, and no alert to fire', isQuiet, patience);

const isQuiet = async () => {
  const targets = await prometheus.targets();
  const alerts = await firing();
  if (alerts.length > 0) throw new Error(`${alerts} fire`);
  return targets.length === 6 && targets.every(({ health }) => health === 'up');
};

/** How often Slack got a message of this title. */
async function told(title: string): Promise<number> {
  const messages = (await (await fetch(`${platform.endpoints.slackInboxUrl}/messages`)).json()) as unknown[];
  return messages.filter((message) => JSON.stringify(message).includes(`"${title}"`)).length;
}

test.each(faults)(
  '%s makes its alerts fire and no others; Slack hears once that each fires and once that it is over',
  async (_, cause, fires) => {
    await quiet();
    const undo = await cause();
    try {
      const all = async () => {
        const alerts = await firing();
        return fires.every((name) => alerts.includes(name)) && alerts;
      };
      expect(await waitFor(`${fires} to fire`, all, patience)).toEqual(fires);
    } finally {
      await undo();
    }
    await quiet();
    for (const name of fires) {
      // Targets are read at different times: each that is down fires once, and is over once.
      const twice = async () => {
        const [begun, ended] = await Promise.all([told(`${name} fires`), told(`${name} is over`)]);
        return begun >= 1 && begun <= (name === 'TargetDown' ? 2 : 1) && ended === begun;
      };
      await waitFor(`Slack to hear of ${name}`, twice, patience);
    }
  },
  timeoutMs,
);
