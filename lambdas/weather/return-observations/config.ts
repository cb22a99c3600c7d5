import { type Env, readEnv } from '../shared/env.ts';
import { kafkaSettings } from '../shared/kafka-producer.ts';

export const readConfig = (source?: Env) => readEnv((env) => ({ kafka: kafkaSettings(env) }), source);
