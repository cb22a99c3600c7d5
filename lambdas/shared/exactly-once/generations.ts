import type { EnvReader } from '../aws/env.ts';
import { nameOfGeneration } from '../kafka/topic-generations.ts';
import { topics } from '../kafka/topics.ts';
import type { Database, Query } from '../postgres/database.ts';

/** The configured epoch of each topic that was made anew, by its name in Kafka. Of the others, it is 0. */
export type TopicEpochs = Readonly<Record<string, number>>;

/** Reads the optional variable `TOPIC_EPOCHS`. */
export const topicEpochs = (env: EnvReader): TopicEpochs =>
  env.optionalText('TOPIC_EPOCHS') === undefined
    ? {}
    : env.parsed('TOPIC_EPOCHS', 'epochs of topics such as weather-data=1,transactions=2', parseTopicEpochs);

const names: ReadonlySet<string> = new Set(Object.values(topics).map(({ name }) => name));

function parseTopicEpochs(text: string): TopicEpochs {
  const entries = text.split(',').map((entry) => {
    const [, topic = '', epoch] = /^([\w.-]+)=(\d{1,9})$/.exec(entry) ?? [];
    if (!names.has(topic)) throw new Error(`"${entry}" has no known topic, or no whole number`);
    return [topic, Number(epoch)] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * Names the current generation of a topic on a cluster. The database allots it at the first call; then this
 * process knows it.
 */
export function topicGenerations(epochs: TopicEpochs, transaction: Database['transaction']) {
  const known = new Map<string, string>();
  return async (cluster: string, topic: string): Promise<string> => {
    const key = `${topic} ${cluster}`;
    const name =
      known.get(key) ??
      (await transaction((query) => currentGeneration(query, cluster, topic, epochs[topic] ?? 0)));
    known.set(key, name);
    return name;
  };
}

async function currentGeneration(
  query: Query,
  cluster: string,
  topic: string,
  epoch: number,
): Promise<string> {
  const [row] = await query<{ generation: number }>('select topic_generation($1, $2, $3) as generation', [
    topic,
    cluster,
    epoch,
  ]);
  return nameOfGeneration({ topic, generation: row?.generation ?? 0 });
}
