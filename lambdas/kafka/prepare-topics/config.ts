import { type Env, readEnv } from '../../shared/aws/env.ts';
import { kafkaSettings } from '../../shared/kafka/kafka-producer.ts';

export const readConfig = (source?: Env) =>
  readEnv((env) => ({ kafka: kafkaSettings(env), settings: env.list('TOPIC_SETTINGS') }), source);
