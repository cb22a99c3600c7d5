import { setTimeout as wait } from 'node:timers/promises';

export type TopicOffsets = { topic: string; partitions: { partition: number; offset: string }[] };
export type Committer = ReturnType<typeof createCommitter>;

const RETRY_MS = 300;

/**
 * Commits the newest offset of each partition, one request at a time; what is marked meanwhile goes into the next.
 * A partition that is dropped is not committed any more: its new owner may be further along.
 */
export function createCommitter({
  commit,
  onCommitted,
  onError,
}: {
  commit: (offsets: { topics: TopicOffsets[] }) => Promise<void>;
  onCommitted: () => void;
  onError: (error: unknown) => void;
}) {
  const pending = new Map<string, { topic: string; partition: number; offset: number }>();
  let closed = false;
  let running: Promise<void> | undefined;

  const flush = async () => {
    while (pending.size > 0 && !closed) {
      const sent = new Map(pending);
      try {
        await commit({ topics: byTopic([...sent.values()]) });
        for (const [key, mark] of sent) if (pending.get(key) === mark) pending.delete(key);
        onCommitted();
      } catch (error) {
        onError(error);
        await wait(RETRY_MS);
      }
    }
    running = undefined;
  };

  return {
    mark(topic: string, partition: number, offset: number) {
      pending.set(`${topic}/${partition}`, { topic, partition, offset });
      running ??= flush();
    },
    drop: (topic: string, partition: number) => pending.delete(`${topic}/${partition}`),
    /** Resolves when nothing is left to commit. */
    settled: () => running ?? Promise.resolve(),
    close() {
      closed = true;
    },
  };
}

function byTopic(marks: { topic: string; partition: number; offset: number }[]): TopicOffsets[] {
  return [...Map.groupBy(marks, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
    topic,
    partitions: ofTopic.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
  }));
}
