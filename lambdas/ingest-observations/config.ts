import { databaseSettings } from '../shared/database-secret.ts';
import { type Env, readEnv } from '../shared/env.ts';
import { kafkaSettings } from '../shared/kafka-producer.ts';

export const readConfig = (source?: Env) =>
  readEnv((env) => ({ database: databaseSettings(env), kafka: kafkaSettings(env) }), source);

/**
 * What one send holds at most. Brokers take 1 MiB. kafkajs copies its list of messages once for every message, which a
 * profile shows as a tenth of the work at 2,000.
 */
export const sendLimits = { messages: 2000, bytes: 512 * 1024 };
