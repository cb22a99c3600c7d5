import { type Env, readEnv } from '../../shared/aws/env.ts';
import { kafkaSettings } from '../../shared/kafka/kafka-producer.ts';
import { databaseSettings } from '../../shared/postgres/database-secret.ts';
import { observationLimits } from '../../shared/wire/limits-config.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({ database: databaseSettings(env), kafka: kafkaSettings(env), limits: observationLimits(env) }),
    source,
  );

/** Limits of one send. Brokers accept 1 MiB. With 500 messages per send, a row costs a tenth more CPU. */
export const sendLimits = { messages: 2_000, bytes: 512 * 1024 };
