import { spawn } from 'node:child_process';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { topics } from '../../../lambdas/shared/topics.ts';
import { projectNode, projectRoot } from '../../../localstack/setup/tools.mjs';
import { waitFor } from '../../../localstack/wait-for.ts';
import type { Target } from './target.ts';

/** Something that goes wrong. `inject` ends when the platform is whole again, or is about to be; it answers what was hit. */
export interface Fault {
  readonly name: string;
  readonly inject: (target: Target, traffic: Traffic) => Promise<string>;
}

/** What flows while faults happen. */
export interface Traffic {
  /** Drops a file once more that was dropped before: another notice of rows that are under way or done. */
  readonly dropAgain: () => Promise<string>;
}

const killed = (pids: readonly number[]) => {
  for (const pid of pids) signal(pid, 'SIGKILL');
  return pids.length > 0 ? `pid ${pids.join(', ')}` : 'idle, nothing to hit';
};

const killFunction = (folder: string): Fault => ({
  name: `kill -9 ${folder}`,
  inject: async ({ functionPids }) => killed(await functionPids(folder)),
});

const replay = (folder: string, topic: string): Fault => ({
  name: `replay ${folder} from the first offset`,
  inject: async (target) => {
    await target.replay(folder, topic);
    return topic;
  },
});

const slackTrouble = (name: string, behaviour: Record<string, number>, forMs: number): Fault => ({
  name: `Slack ${name}`,
  inject: async (target) => {
    await target.slackBehaves(behaviour);
    await delay(forMs);
    await target.slackBehaves({});
    return `${forMs / 1000} s`;
  },
});

const postgresOutageMs = 30_000;

/** Every kind of fault once. */
export const faults: readonly Fault[] = [
  {
    name: 'kill -9 the busiest broker',
    inject: async (target) => {
      const leader = await target.busiestLeader(topics.weatherData.name);
      await target.killService(`broker-${leader}`);
      await target.outAndBack(leader, topics.weatherData.name);
      return `broker-${leader}`;
    },
  },
  {
    name: 'kill -9 the poller',
    inject: async ({ killService }) => `pid ${await killService('kafka-poller')}`,
  },
  killFunction('ingest-observations'),
  killFunction('land-observations'),
  killFunction('watch-weather'),
  killFunction('record-errors'),
  {
    name: 'kill -9 Postgres',
    inject: async ({ killService, postgresAnswers }) => {
      const pid = await killService('postgres');
      await postgresAnswers();
      return `pid ${pid}`;
    },
  },
  {
    name: `Postgres out for ${postgresOutageMs / 1000} s`,
    inject: async ({ killService, postgresAnswers }) => {
      const until = Date.now() + postgresOutageMs;
      let kills = 0;
      for (; Date.now() < until; kills += 1) await killService('postgres');
      await postgresAnswers();
      return `killed ${kills} times`;
    },
  },
  {
    name: 'cut every connection to Postgres',
    inject: async ({ query }) => {
      const cut = await query(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
      return `${cut.length} connections`;
    },
  },
  {
    name: 'freeze land-observations in mid-batch',
    inject: async ({ functionPids }) => {
      const pids = await functionPids('land-observations');
      for (const pid of pids) signal(pid, 'SIGSTOP');
      await delay(5_000);
      for (const pid of pids) signal(pid, 'SIGCONT');
      return pids.length > 0 ? `pid ${pids.join(', ')} for 5 s` : 'idle, nothing to hit';
    },
  },
  slackTrouble('answers 500', { status: 500 }, 5_000),
  slackTrouble('answers 429', { status: 429, retryAfterS: 2 }, 5_000),
  slackTrouble('takes 3 s to answer', { delayMs: 3_000 }, 6_000),
  {
    name: 'kill -9 notify-slack between post and mark',
    inject: async ({ slackBehaves, slackMessages, functionPids }) => {
      await slackBehaves({ answerDelayMs: 8_000 });
      const before = await slackMessages();
      try {
        await waitFor('a message', async () => (await slackMessages()) > before, {
          deadlineMs: 20_000,
          everyMs: 50,
        });
        return killed(await functionPids('notify-slack'));
      } catch {
        return 'no message came, nothing to hit';
      } finally {
        await slackBehaves({});
      }
    },
  },
  replay('land-observations', topics.weatherData.name),
  replay('watch-weather', topics.weatherData.name),
  replay('record-errors', topics.errorData.name),
  {
    name: 'a second poller, killed -9',
    inject: async ({ endpoints }) => {
      const main = path.join(projectRoot, 'localstack/kafka-poller/main.ts');
      const args = [main, '--endpoint-url', endpoints.awsEndpointUrl, '--region', endpoints.region];
      const second = spawn(projectNode, [...args, '--metrics-port', '0'], { stdio: 'ignore' });
      await delay(8_000);
      second.kill('SIGKILL');
      return `pid ${second.pid}`;
    },
  },
  { name: 'a file dropped twice', inject: (_target, { dropAgain }) => dropAgain() },
];

/** A process may be gone before it is hit. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
