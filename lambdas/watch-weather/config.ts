import { databaseSettings } from '../shared/database-secret.ts';
import { type Env, readEnv } from '../shared/env.ts';
import { kafkaSettings } from '../shared/kafka-producer.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      database: databaseSettings(env),
      kafka: kafkaSettings(env),
      slackNudgeQueueUrl: env.text('SLACK_NUDGE_QUEUE_URL'),
      thresholds: {
        tempHighC: env.number('TEMP_HIGH_C'),
        tempLowC: env.number('TEMP_LOW_C'),
        rainHeavyMm: env.number('RAIN_HEAVY_MM'),
        windStrongKmh: env.number('WIND_STRONG_KMH'),
      },
      cooldownMinutes: env.number('ALERT_COOLDOWN_MINUTES'),
    }),
    source,
  );
