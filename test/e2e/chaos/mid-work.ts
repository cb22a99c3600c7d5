import { waitFor } from '../../../localstack/wait-for.ts';
import { portsOf, signal, ticksOf } from './function-processes.ts';
import type { Target } from './target.ts';

const patience = { deadlineMs: 30_000, everyMs: 5 };

/** A stopped process of a function, and the Postgres backend of its open transaction. */
export interface Stopped {
  readonly pid: number;
  readonly session: number;
}

/**
 * Stops a process of the function in a transaction that has locked or written rows. For a consumer, this is
 * between claim and commit. Returns undefined when no process gets there in time.
 */
export function stopInTransaction(target: Target, folder: string): Promise<Stopped | undefined> {
  return target.withDatabase(async (query) => {
    const stopOne = async (pid: number): Promise<Stopped | undefined> => {
      signal(pid, 'SIGSTOP');
      let session: number | undefined;
      try {
        [session] = (
          await query<{ pid: number }>(
            'select pid from pg_stat_activity where client_port = any($1::int[]) and backend_xid is not null',
            [portsOf(pid)],
          )
        ).map((row) => row.pid);
        return session === undefined ? undefined : { pid, session };
      } finally {
        if (session === undefined) signal(pid, 'SIGCONT');
      }
    };
    return waitFor(
      `${folder} to be in a transaction`,
      async () => {
        for (const pid of target.functionPids(folder)) {
          const stopped = await stopOne(pid);
          if (stopped) return stopped;
        }
        return undefined;
      },
      patience,
    ).catch(() => undefined);
  });
}

/** A process of the function that uses CPU now. Returns undefined when no process works in time. */
export function findAtWork(target: Target, folder: string): Promise<number | undefined> {
  let before = new Map<number, number>();
  return waitFor(
    `${folder} to work`,
    () => {
      const now = new Map(target.functionPids(folder).map((pid) => [pid, ticksOf(pid)]));
      const [busy] = [...now].find(([pid, ticks]) => ticks > (before.get(pid) ?? ticks)) ?? [];
      before = now;
      return busy;
    },
    patience,
  ).catch(() => undefined);
}
