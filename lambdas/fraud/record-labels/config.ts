import { type Env, readEnv } from '../../shared/aws/env.ts';
import { kafkaSettings } from '../../shared/kafka/kafka-producer.ts';
import { databaseSettings } from '../../shared/postgres/database-secret.ts';

export const readConfig = (source?: Env) =>
  readEnv((env) => ({ database: databaseSettings(env), kafka: kafkaSettings(env) }), source);

/** Limits of one send of error records. */
export const sendLimits = { messages: 500, bytes: 512 * 1024 };
