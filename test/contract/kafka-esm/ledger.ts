import type { Cluster } from './cluster.ts';
import { type LambdaApi, recordsOf } from './lambda-api.ts';

/** The offsets that a partial answer names as failed. */
function failedOffsets(body: unknown): Set<number> {
  const failures =
    typeof body === 'object' && body !== null && 'batchItemFailures' in body ? body.batchItemFailures : [];
  return new Set(Array.isArray(failures) ? failures.map(({ itemIdentifier }) => itemIdentifier.offset) : []);
}

/**
 * Compares what a function has processed of a topic with what was committed. Call `check` again and again
 * while records flow. It returns the committed offsets, or none while the brokers do not answer.
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
    /** Positions that were committed before they were processed; there must be none. */
    ahead: () => [...ahead],
    done: () => [...succeeded().values()].reduce((sum, { size }) => sum + size, 0),

    /** The offsets in the order in which the function first succeeded with them. */
    order: (partition: number) => [...(succeeded().get(partition) ?? [])],

    async check(): Promise<number[]> {
      // Read first: all that is committed by now must be processed by now.
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
