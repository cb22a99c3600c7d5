import { log } from '../../shared/aws/log.ts';
import { openKafka } from '../../shared/kafka/kafka-producer.ts';
import { topics } from '../../shared/kafka/topics.ts';
import { readConfig } from './config.ts';
import { prepareTopics } from './prepare-topics.ts';
import { topicsOf } from './topics-of-cluster.ts';

const { kafka, settings } = readConfig();

/** Invoked by the deploy where the cluster is not the stage's own. The deploy fails when this does. */
export const handler = async (): Promise<{ created: string[] }> => {
  const admin = (await openKafka(kafka)).admin();
  await admin.connect();
  try {
    const created = await prepareTopics(Object.values(topics), topicsOf(admin, settings));
    log.info('prepared', { created });
    return { created };
  } finally {
    await admin.disconnect();
  }
};
