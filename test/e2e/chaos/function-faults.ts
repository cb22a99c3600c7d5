import { topics } from '../../../lambdas/shared/kafka/topics.ts';
import { waitFor } from '../../../localstack/wait-for.ts';
import type { Fault } from './fault.ts';
import { signal } from './function-processes.ts';
import { findAtWork, stopInTransaction } from './mid-work.ts';
import type { Target } from './target.ts';

const killAtWork = (folder: string): Fault => ({
  name: `kill -9 ${folder} at work`,
  kind: 'function',
  inject: async (target) => {
    const pid = await findAtWork(target, folder);
    if (pid === undefined) return undefined;
    signal(pid, 'SIGKILL');
    return `pid ${pid}`;
  },
});

const killInTransaction = (folder: string): Fault => ({
  name: `kill -9 ${folder} in its transaction`,
  kind: 'function',
  inject: async (target) => {
    const stopped = await stopInTransaction(target, folder);
    if (!stopped) return undefined;
    signal(stopped.pid, 'SIGKILL');
    return `pid ${stopped.pid}`;
  },
});

/**
 * A function that stands still until Postgres has ended its session, and another has done its work; then it goes on where it
 * was. Its poller is killed as well: a batch is not delivered again while its first delivery has no answer.
 */
const zombie = (folder: string): Fault => ({
  name: `zombie of ${folder}`,
  kind: 'zombie',
  inject: async (target) => {
    const stopped = await stopInTransaction(target, folder);
    if (!stopped) return undefined;
    const ledger = await target.ledger(folder);
    const begun = Date.now();
    try {
      await target.killService('kafka-poller');
      await waitFor('the session to end', async () => !(await target.hasSession(stopped.session)), {
        deadlineMs: 90_000,
      });
      const hasMovedOn = async () => {
        const now = await target.ledger(folder);
        return [...ledger].every(([partition, offset]) => (now.get(partition) ?? offset) > offset);
      };
      const successor = await waitFor('the work to be done by another', hasMovedOn, {
        deadlineMs: 45_000,
      }).catch(() => false);
      const seconds = Math.round((Date.now() - begun) / 1000);
      return `pid ${stopped.pid} for ${seconds} s${successor ? '' : ', not yet succeeded'}`;
    } finally {
      signal(stopped.pid, 'SIGCONT');
    }
  },
});

/**
 * A function that is killed at work, and whose batch Lambda does not try again: what has had no effect becomes dead letters, and they
 * are redriven. Whether the batch was committed by then is up to chance, when it is not hit in its transaction.
 */
const giveUp = (folder: string, where: keyof typeof finders): Fault => ({
  name: `give up ${folder} ${where}`,
  kind: 'giving up',
  inject: async (target) => {
    const before = await target.settledRecords();
    const settled = await target.withoutRetries(folder, async () => {
      const records = async () => (await target.settledRecords()) - before || undefined;
      // The poller takes up the change within seconds. What is killed before, it tries again.
      for (let kills = 0; kills < 5; kills += 1) {
        const pid = await finders[where](target, folder);
        if (pid === undefined) return undefined;
        signal(pid, 'SIGKILL');
        const count = await waitFor('the batch to be settled', records, { deadlineMs: 5_000 }).catch(
          () => undefined,
        );
        if (count !== undefined) return count;
      }
      return undefined;
    });
    // What was given up before its mapping was changed back, too.
    const redriven = await target.redrive();
    return settled === undefined ? undefined : `${settled} records, ${redriven} redriven`;
  },
});

const finders = {
  'at work': findAtWork,
  'in its transaction': async (target: Target, folder: string) =>
    (await stopInTransaction(target, folder))?.pid,
};

const replay = (folder: string, topic: string): Fault => ({
  name: `replay ${folder} from the first offset`,
  kind: 'replay',
  inject: async (target) => {
    const records = await target.replay(folder, topic);
    return records > 0 ? `${records} records` : undefined;
  },
});

export const functionFaults: readonly Fault[] = [
  killAtWork('ingest-observations'),
  killAtWork('return-observations'),
  killInTransaction('land-observations'),
  killInTransaction('watch-weather'),
  killInTransaction('record-errors'),
  killInTransaction('retry-observations'),
  killInTransaction('score-transaction'),
  killInTransaction('monitor-transactions'),
  zombie('land-observations'),
  zombie('watch-weather'),
  giveUp('land-observations', 'in its transaction'),
  giveUp('land-observations', 'at work'),
  giveUp('watch-weather', 'in its transaction'),
  giveUp('watch-weather', 'at work'),
  giveUp('monitor-transactions', 'in its transaction'),
  replay('land-observations', topics.weatherData.name),
  replay('watch-weather', topics.weatherData.name),
  replay('record-errors', topics.errorData.name),
  replay('retry-observations', topics.retryData.name),
  replay('monitor-transactions', topics.transactions.name),
];
