import type { Cluster } from './cluster.ts';
import { type LambdaApi, recordsOf } from './lambda-api.ts';

/** Those that a partial answer names; a batch is of one partition. */
function failedOffsets(body: unknown): Set<number> {
  const failures =
    typeof body === 'object' && body !== null && 'batchItemFailures' in body ? body.batchItemFailures : [];
  return new Set(Array.isArray(failures) ? failures.map(({ itemIdentifier }) => itemIdentifier.offset) : []);
}

/**
 * Holds what a function has done with a topic against what was committed. `check` is to be called again and again while
 * records flow; it answers the committed offsets, or none while the brokers do not answer.
 */
export function keepLedger({
  cluster,
  api,
  group,
  topic,
  functionArn,
}: {
  cluster: Cluster;
  api: LambdaApi;
  group: string;
  topic: string;
  functionArn: string;
}) {
  const ahead = new Set<string>();
  const succeeded = () => {
    const done = new Map<number, Set<number>>();
    for (const { event, answer } of api.callsOf(functionArn)) {
      if (!answer.done || answer.functionError || answer.status || answer.destroy) continue;
      const failed = failedOffsets(answer.body);
      for (const { partition, offset } of recordsOf(event)) {
        if (failed.has(offset)) continue;
        done.set(partition, (done.get(partition) ?? new Set()).add(offset));
      }
    }
    return done;
  };

  return {
    /** Positions that were committed before they were done; there must be none. */
    ahead: () => [...ahead],
    done: () => [...succeeded().values()].reduce((sum, { size }) => sum + size, 0),

    /** Offsets in the order in which the function first succeeded with them. */
    order: (partition: number) => [...(succeeded().get(partition) ?? [])],

    async check(): Promise<number[]> {
      // Asked for first: what was committed by then must be done by now.
      const committed = await cluster.committed(group, topic).catch(() => []);
      const done = succeeded();
      for (const [partition, end] of committed.entries()) {
        for (let offset = 0; offset < end; offset++) {
          if (!done.get(partition)?.has(offset)) ahead.add(`${partition}/${offset}`);
        }
      }
      return committed;
    },
  };
}
