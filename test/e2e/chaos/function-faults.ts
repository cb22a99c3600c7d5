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
 * Stops a function until Postgres has ended its session and a successor has done its work; then lets it
 * continue. The poller is killed, too: it does not redeliver a batch before the first delivery returns.
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
      const hasAdvanced = async () => {
        const now = await target.ledger(folder);
        return [...ledger].every(([partition, offset]) => (now.get(partition) ?? offset) > offset);
      };
      const successor = await waitFor('a successor to do the work', hasAdvanced, {
        deadlineMs: 45_000,
      }).catch(() => false);
      const seconds = Math.round((Date.now() - begun) / 1000);
      return `pid ${stopped.pid} for ${seconds} s${successor ? '' : ', no successor yet'}`;
    } finally {
      signal(stopped.pid, 'SIGCONT');
    }
  },
});

/**
 * Kills a function while its mapping may not retry, so that Lambda discards the batch. Records without effect
 * become dead letters and are redriven. "at work" may hit before or after the commit; "in its transaction"
 * hits before it.
 */
const discard = (folder: string, where: keyof typeof finders): Fault => ({
  name: `discard a batch of ${folder}, killed ${where}`,
  kind: 'discard',
  inject: async (target) => {
    const before = await target.discardedRecords();
    const discarded = await target.withoutRetries(folder, async () => {
      const records = async () => (await target.discardedRecords()) - before || undefined;
      // The poller applies the changed mapping within seconds. Until then it retries the batch.
      for (let kills = 0; kills < 5; kills += 1) {
        const pid = await finders[where](target, folder);
        if (pid === undefined) return undefined;
        signal(pid, 'SIGKILL');
        const count = await waitFor('the discarded batch to be recorded', records, {
          deadlineMs: 5_000,
        }).catch(() => undefined);
        if (count !== undefined) return count;
      }
      return undefined;
    });
    // Redrives also what was discarded before the mapping was changed back.
    const redriven = await target.redrive();
    return discarded === undefined ? undefined : `${discarded} records, ${redriven} redriven`;
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
  discard('land-observations', 'in its transaction'),
  discard('land-observations', 'at work'),
  discard('watch-weather', 'in its transaction'),
  discard('watch-weather', 'at work'),
  discard('monitor-transactions', 'in its transaction'),
  replay('land-observations', topics.weatherData.name),
  replay('watch-weather', topics.weatherData.name),
  replay('record-errors', topics.errorData.name),
  replay('retry-observations', topics.retryData.name),
  replay('monitor-transactions', topics.transactions.name),
];
