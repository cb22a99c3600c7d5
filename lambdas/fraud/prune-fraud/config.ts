import { type Env, readEnv } from '../../shared/aws/env.ts';
import { databaseSettings } from '../../shared/postgres/database-secret.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      database: databaseSettings(env),
      keepDays: {
        scored_requests: env.number('KEEP_SCORED_REQUESTS_DAYS'),
        account_activity: env.number('KEEP_ACCOUNT_ACTIVITY_DAYS'),
        metric_updates: env.number('KEEP_METRIC_UPDATES_DAYS'),
        predictions: env.number('KEEP_PREDICTIONS_DAYS'),
        labels: env.number('KEEP_LABELS_DAYS'),
        model_evaluations: env.number('KEEP_MODEL_EVALUATIONS_DAYS'),
      },
    }),
    source,
  );
