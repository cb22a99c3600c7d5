/** How often an idle broker is asked: the position may be the end of the new topic, too. */
const IDLE_CHECK_MS = 2_000;

/** A topic was deleted, or deleted and made again: positions in it are worth nothing. */
export class TopicReplaced extends Error {
  readonly topic: string;
  /** The id of the topic that has the name now. */
  readonly id: string | undefined;

  constructor(topic: string, id: string | undefined) {
    super(
      id === undefined
        ? `topic ${topic} was deleted`
        : `topic ${topic} was deleted and made again: it is read from its beginning`,
    );
    this.topic = topic;
    this.id = id;
  }
}

export type TopicIdentity = ReturnType<typeof createTopicIdentity>;

/**
 * Holds a session's positions to the topics that they were counted in. `known` has the ids that the committed
 * offsets name; other ids are learned from the first answer.
 */
export function createTopicIdentity({
  topics,
  known,
  onReplaced,
  now = () => performance.now(),
}: {
  topics: readonly string[];
  known: ReadonlyMap<string, string>;
  onReplaced: (replaced: TopicReplaced) => void;
  now?: () => number;
}) {
  const ids = new Map(known);
  const askedAt = new Map<number, number>();

  return {
    /** The topics whose ids this broker must be asked for, after a fetch with records of some topics. */
    due(node: number, fetched: readonly string[]): readonly string[] {
      if (fetched.length === 0 && now() - (askedAt.get(node) ?? 0) < IDLE_CHECK_MS) return [];
      askedAt.set(node, now());
      return fetched.length > 0 ? fetched : topics;
    },

    /** Whether all asked topics are still those of the positions. Brokers before Kafka 3.1 have no answer. */
    confirm(asked: readonly string[], answer: ReadonlyMap<string, string> | undefined): boolean {
      if (answer === undefined) return true;
      for (const topic of asked) {
        const id = answer.get(topic);
        if (id === undefined || id !== (ids.get(topic) ?? id)) {
          onReplaced(new TopicReplaced(topic, id));
          return false;
        }
        ids.set(topic, id);
      }
      return true;
    },

    idOf: (topic: string): string | undefined => ids.get(topic),
  };
}
