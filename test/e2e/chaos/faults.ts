import { spawn } from 'node:child_process';
import path from 'node:path';
import { topics } from '../../../lambdas/shared/kafka/topics.ts';
import { projectNode, projectRoot } from '../../../localstack/setup/tools.mjs';
import { waitFor } from '../../../localstack/wait-for.ts';
import type { Fault } from './fault.ts';
import { functionFaults } from './function-faults.ts';
import { slackFaults } from './slack-faults.ts';
import type { Target } from './target.ts';

const outageMs = 30_000;

export const faults: readonly Fault[] = [
  {
    name: 'kill -9 the busiest broker',
    kind: 'broker',
    inject: async (target) => {
      const leader = await target.busiestLeader(topics.weatherData.name);
      await target.killService(`broker-${leader}`);
      await target.brokerRejoins(leader, topics.weatherData.name);
      return `broker-${leader}`;
    },
  },
  {
    name: 'move the leader of every partition',
    kind: 'broker',
    inject: async ({ moveLeaders }) => {
      // __consumer_offsets too, so that each consumer group changes its coordinator.
      const moved = await moveLeaders([
        ...Object.values(topics).map(({ name }) => name),
        '__consumer_offsets',
      ]);
      return `${moved} partitions`;
    },
  },
  {
    name: 'kill -9 the poller',
    kind: 'poller',
    inject: async ({ killService }) => `pid ${await killService('kafka-poller')}`,
  },
  {
    name: 'kill -9 Postgres',
    kind: 'postgres',
    inject: async ({ killService, postgresAnswers }) => {
      const pid = await killService('postgres');
      await postgresAnswers();
      return `pid ${pid}`;
    },
  },
  {
    name: 'kill -9 Postgres as it starts',
    kind: 'postgres',
    inject: async ({ killService, emptyPostgresLock, postgresAnswers }) => {
      await postgresAnswers();
      emptyPostgresLock();
      const pid = await killService('postgres');
      await postgresAnswers();
      return `pid ${pid}`;
    },
  },
  {
    name: `kill -9 Postgres and keep it down for ${outageMs / 1000} s`,
    kind: 'outage',
    inject: async ({ keepServiceDown, postgresAnswers }) => {
      const pid = await keepServiceDown('postgres', outageMs);
      await postgresAnswers();
      return `pid ${pid}`;
    },
  },
  {
    name: 'cut every connection to Postgres',
    kind: 'other',
    inject: async ({ withDatabase }) => {
      const cut = await withDatabase((query) =>
        query(
          'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
        ),
      );
      return cut.length > 0 ? `${cut.length} connections` : undefined;
    },
  },
  ...functionFaults,
  ...slackFaults,
  { name: 'kill -9 a second poller', kind: 'other', inject: secondPoller },
  { name: 'drop a file twice', kind: 'other', inject: (_target, { dropAgain }) => dropAgain() },
];

async function secondPoller({ endpoints, groupSize }: Target): Promise<string | undefined> {
  const main = path.join(projectRoot, 'localstack/kafka-poller/main.ts');
  const args = [main, '--endpoint-url', endpoints.awsEndpointUrl, '--region', endpoints.region];
  const folder = 'land-observations';
  const within = { deadlineMs: 45_000 };
  const before = await waitFor(`the group ${folder} to be stable`, () => groupSize(folder), within);
  const second = spawn(projectNode, [...args, '--metrics-port', '0'], { stdio: 'ignore' });
  try {
    await waitFor('the second poller to join', async () => ((await groupSize(folder)) ?? 0) > before, within);
    return `pid ${second.pid}`;
  } catch {
    return undefined;
  } finally {
    second.kill('SIGKILL');
  }
}
