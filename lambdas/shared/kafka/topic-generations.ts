/**
 * A generation of a topic: its records from when it was made until it is made anew, or until its cluster is
 * replaced. Each has offsets of its own (docs/adr/0032-generations-of-topics.md).
 */
export interface TopicGeneration {
  /** The name in Kafka. */
  readonly topic: string;
  /** Counted from 0. */
  readonly generation: number;
}

/**
 * The name of a generation in the ledger, in origins and in the lake: `weather-data` for the first one, then
 * `weather-data@1`. No topic has an `@` in its name.
 */
export const nameOfGeneration = ({ topic, generation }: TopicGeneration): string =>
  generation === 0 ? topic : `${topic}@${generation}`;

/** Reads what `nameOfGeneration` wrote. */
export function readGeneration(name: string): TopicGeneration {
  const [topic = '', generation = '0'] = name.split('@');
  return { topic, generation: Number(generation) };
}

/** The name in Kafka of a topic whose name may have a generation. */
export const topicOf = (name: string): string => readGeneration(name).topic;
