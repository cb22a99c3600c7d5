import { type Env, readEnv } from '../../shared/aws/env.ts';
import { kafkaSettings } from '../../shared/kafka/kafka-producer.ts';
import { databaseSettings } from '../../shared/postgres/database-secret.ts';

export const readConfig = (source?: Env) =>
  readEnv((env) => ({ database: databaseSettings(env), kafka: kafkaSettings(env) }), source);

/** What one send holds at most. Brokers take 1 MiB. Of 500 messages a send, a row costs a tenth more. */
export const sendLimits = { messages: 2_000, bytes: 512 * 1024 };
