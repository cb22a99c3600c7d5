import { setTimeout as wait } from 'node:timers/promises';

export type TopicOffsets = { topic: string; partitions: { partition: number; offset: string }[] };

const RETRY_MS = 300;

/**
 * Commits the newest offset of each partition, one request at a time; what is marked meanwhile goes into the
 * next. A partition that is dropped is not committed any more: its new owner may be further along.
 */
export function createCommitter({
  commit,
  onCommitted,
  onError,
}: {
  commit: (offsets: { topics: TopicOffsets[] }) => Promise<void>;
  onCommitted: (records: number) => void;
  /** `forMs`: since the first of the failures in a row. */
  onError: (error: unknown, forMs: number) => void;
}) {
  const pending = new Map<string, Mark>();
  let closed = false;
  let running: Promise<void> | undefined;

  const flush = async () => {
    let failingSince: number | undefined;
    while (pending.size > 0 && !closed) {
      const sent = new Map(pending);
      for (const mark of sent.values()) mark.sent = true;
      try {
        await commit({ topics: byTopic([...sent.values()]) });
        let records = 0;
        for (const [key, mark] of sent) {
          records += mark.records;
          if (pending.get(key) === mark) pending.delete(key);
        }
        failingSince = undefined;
        onCommitted(records);
      } catch (error) {
        for (const [key, mark] of sent) {
          mark.sent = false;
          // What was marked meanwhile takes over what it was not to count.
          const newer = pending.get(key);
          if (newer && newer !== mark) newer.records += mark.records;
        }
        failingSince ??= performance.now();
        onError(error, performance.now() - failingSince);
        await wait(RETRY_MS);
      }
    }
    running = undefined;
  };

  return {
    mark(topic: string, partition: number, offset: number, records: number) {
      const key = `${topic}/${partition}`;
      const before = pending.get(key);
      // What is on its way is counted when it arrives.
      const merged = before && !before.sent ? before.records + records : records;
      pending.set(key, { topic, partition, offset, records: merged });
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

type Mark = { topic: string; partition: number; offset: number; records: number; sent?: boolean };

function byTopic(marks: Mark[]): TopicOffsets[] {
  return [...Map.groupBy(marks, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
    topic,
    partitions: ofTopic.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
  }));
}
