import { setTimeout as wait } from 'node:timers/promises';

export type TopicOffsets = {
  topic: string;
  partitions: { partition: number; offset: string; metadata?: string }[];
};

const RETRY_MS = 300;

type Mark = { topic: string; partition: number; offset: number; records: number; sent?: boolean };

/**
 * Commits the newest offset of each partition, with one request at a time. Offsets that are marked during a
 * request go into the next one. A dropped partition is no longer committed, because its new owner may be
 * further ahead.
 */
export function createCommitter({
  commit,
  topicId = () => undefined,
  onCommitted,
  onError,
}: {
  commit: (offsets: { topics: TopicOffsets[] }) => Promise<void>;
  /** The id of the topic in which the offsets were counted. It is committed with them. */
  topicId?: (topic: string) => string | undefined;
  onCommitted: (records: number) => void;
  /** `failingMs`: the time since the first of the consecutive failures. */
  onError: (error: unknown, failingMs: number) => void;
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
        await commit({ topics: byTopic([...sent.values()], topicId) });
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
          // A newer mark replaces this one, and counts its records too.
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
    /** Everything in the partition below `offset` is processed; `records` more than at the last mark. */
    mark(topic: string, partition: number, offset: number, records: number) {
      const key = `${topic}/${partition}`;
      const before = pending.get(key);
      // A mark that is being sent counts its own records when it is committed.
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

function byTopic(marks: Mark[], topicId: (topic: string) => string | undefined): TopicOffsets[] {
  return [...Map.groupBy(marks, ({ topic }) => topic)].map(([topic, ofTopic]) => {
    const id = topicId(topic);
    const metadata = id === undefined ? {} : { metadata: id };
    return {
      topic,
      partitions: ofTopic.map(({ partition, offset }) => ({
        partition,
        offset: String(offset),
        ...metadata,
      })),
    };
  });
}
