import { waitFor } from '../../../localstack/wait-for.ts';
import { portsOf, signal, ticksOf } from './function-processes.ts';
import type { Target } from './target.ts';

const found = { deadlineMs: 30_000, everyMs: 5 };

/** A function's process that stands still, and its session in Postgres, in a transaction that holds something. */
export interface Stopped {
  readonly pid: number;
  readonly session: number;
}

/**
 * Stops a process of the function while it has a transaction open in which it has locked or written something: for a consumer,
 * between its claim and its commit. Undefined when none came to that.
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
      found,
    ).catch(() => undefined);
  });
}

/** A process of the function that is at work at this moment. Undefined when none came to work. */
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
    found,
  ).catch(() => undefined);
}
