import { databaseSettings } from '../shared/database-secret.ts';
import { type Env, readEnv } from '../shared/env.ts';
import { kafkaSettings } from '../shared/kafka-producer.ts';

export const readConfig = (source?: Env) =>
  readEnv((env) => ({ database: databaseSettings(env), kafka: kafkaSettings(env) }), source);

/** What one send of error rows holds at most. */
export const sendLimits = { messages: 500, bytes: 512 * 1024 };
