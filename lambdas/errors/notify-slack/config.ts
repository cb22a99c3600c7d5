import { databaseSettings } from '../shared/database-secret.ts';
import { type Env, readEnv } from '../shared/env.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      database: databaseSettings(env),
      slackWebhookSecretArn: env.text('SLACK_WEBHOOK_SECRET_ARN'),
    }),
    source,
  );
