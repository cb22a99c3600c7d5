import { spawn } from 'node:child_process';
import path from 'node:path';
import { topics } from '../../../lambdas/shared/topics.ts';
import { projectNode, projectRoot } from '../../../localstack/setup/tools.mjs';
import { waitFor } from '../../../localstack/wait-for.ts';
import type { Fault } from './fault.ts';
import { functionFaults } from './function-faults.ts';
import { slackFaults } from './slack-faults.ts';
import type { Target } from './target.ts';

const outageMs = 30_000;

/** Every fault there is. */
export const faults: readonly Fault[] = [
  {
    name: 'kill -9 the busiest broker',
    kind: 'broker',
    inject: async (target) => {
      const leader = await target.busiestLeader(topics.weatherData.name);
      await target.killService(`broker-${leader}`);
      await target.outAndBack(leader, topics.weatherData.name);
      return `broker-${leader}`;
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
  { name: `Postgres out for ${outageMs / 1000} s`, kind: 'outage', inject: outOfPostgres },
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
  { name: 'a second poller, killed -9', kind: 'other', inject: secondPoller },
  { name: 'a file dropped twice', kind: 'other', inject: (_target, { dropAgain }) => dropAgain() },
];

/** Its supervisor starts Postgres again within a second, and so it is killed each time before it answers. */
async function outOfPostgres({ killService, postgresAnswers }: Target): Promise<string | undefined> {
  const until = Date.now() + outageMs;
  await killService('postgres');
  let logins = 0;
  const tryToLogIn = async () => {
    while (Date.now() < until) {
      const isIn = await postgresAnswers({ deadlineMs: 100, everyMs: 50 }).catch(() => false);
      if (isIn) logins += 1;
    }
  };
  const trying = tryToLogIn();
  let kills = 1;
  for (; Date.now() < until; kills += 1) await killService('postgres');
  await trying;
  await postgresAnswers();
  // Had anyone got in meanwhile, it was no outage of that length.
  return logins === 0 ? `killed ${kills} times` : undefined;
}

async function secondPoller({ endpoints, groupSize }: Target): Promise<string | undefined> {
  const main = path.join(projectRoot, 'localstack/kafka-poller/main.ts');
  const args = [main, '--endpoint-url', endpoints.awsEndpointUrl, '--region', endpoints.region];
  const folder = 'land-observations';
  const before = await groupSize(folder);
  const second = spawn(projectNode, [...args, '--metrics-port', '0'], { stdio: 'ignore' });
  try {
    await waitFor('it to join the groups', async () => (await groupSize(folder)) > before, {
      deadlineMs: 45_000,
    });
    return `pid ${second.pid}`;
  } catch {
    return undefined;
  } finally {
    second.kill('SIGKILL');
  }
}
