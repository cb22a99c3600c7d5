import { type Env, readEnv } from '../../shared/aws/env.ts';
import { topicEpochs } from '../../shared/exactly-once/generations.ts';
import { kafkaSettings } from '../../shared/kafka/kafka-producer.ts';
import { databaseSettings } from '../../shared/postgres/database-secret.ts';
import { observationLimits } from '../../shared/wire/limits-config.ts';

export const readConfig = (source?: Env) =>
  readEnv((env) => {
    const windowSeconds = env.number('WINDOW_SECONDS');
    return {
      database: databaseSettings(env),
      epochs: topicEpochs(env),
      kafka: kafkaSettings(env),
      slackNudgeQueueUrl: env.text('SLACK_NUDGE_QUEUE_URL'),
      windowSeconds,
      keepDays: env.number('WINDOW_KEEP_DAYS'),
      cooldownMinutes: env.number('ALERT_COOLDOWN_MINUTES'),
      rules: {
        limits: observationLimits(env),
        thresholds: {
          tempHighC: env.number('TEMP_HIGH_C'),
          tempLowC: env.number('TEMP_LOW_C'),
          rainHeavyMm: env.number('RAIN_HEAVY_MM'),
          windStrongKmh: env.number('WIND_STRONG_KMH'),
        },
        watermark: {
          windowMs: windowSeconds * 1000,
          delayMs: env.number('WATERMARK_DELAY_SECONDS') * 1000,
          jumpMs: env.number('WATERMARK_JUMP_HOURS') * 3_600_000,
        },
        anomalies: {
          alpha: env.number('ANOMALY_ALPHA'),
          threshold: env.number('ANOMALY_THRESHOLD_DEVIATIONS'),
          warmUpReadings: env.number('ANOMALY_WARM_UP_READINGS'),
        },
      },
    };
  }, source);
