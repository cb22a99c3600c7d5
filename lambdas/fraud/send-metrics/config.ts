import { type Env, readEnv } from '../../shared/aws/env.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      // Locally it is a path, relative to the AWS endpoint.
      updateMetricsUrl: new URL(env.text('UPDATE_METRICS_URL'), env.optionalText('AWS_ENDPOINT_URL')).href,
      tokenArn: env.text('UPDATE_METRICS_TOKEN_ARN'),
      queueUrl: env.text('METRIC_SAMPLES_QUEUE_URL'),
      delays: {
        firstDelaySeconds: env.number('RETRY_FIRST_DELAY_SECONDS'),
        maxDelaySeconds: env.number('RETRY_MAX_DELAY_SECONDS'),
      },
    }),
    source,
  );
