import { type KafkaOptions, openKafka } from '../../shared/kafka/kafka-producer.ts';
import { topics } from '../../shared/kafka/topics.ts';
import type { TopicEnd } from './check-request.ts';

/** Reads the current ends of `weather-data`, without partitions whose records have all expired. */
export const topicEnds = (options: KafkaOptions) => async (): Promise<TopicEnd[]> => {
  const { name } = topics.weatherData;
  const admin = (await openKafka(options)).admin();
  try {
    await admin.connect();
    const offsets = await admin.fetchTopicOffsets(name);
    return offsets
      .filter(({ low, high }) => Number(high) > Number(low))
      .map(({ partition, high }) => ({ partition, endOffset: Number(high) }));
  } catch (cause) {
    throw new Error(`Reading the end offsets of ${name} failed`, { cause });
  } finally {
    await admin.disconnect();
  }
};
