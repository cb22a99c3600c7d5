import { Construct } from 'constructs';
import type { AppConfig } from '../config.ts';
import { ApiToken } from './api-token.ts';

export interface FraudApiProps {
  readonly config: AppConfig;
}

/** The HTTP API, with a token for each endpoint that is not open to all. */
export class FraudApi extends Construct {
  readonly tokens: Readonly<Record<'predict' | 'updateMetrics' | 'metrics', ApiToken>>;

  constructor(scope: Construct, id: string, { config }: FraudApiProps) {
    super(scope, id);
    this.tokens = {
      predict: new ApiToken(this, 'PredictToken', { config, name: 'predict' }),
      updateMetrics: new ApiToken(this, 'UpdateMetricsToken', { config, name: 'update-metrics' }),
      metrics: new ApiToken(this, 'MetricsToken', { config, name: 'metrics' }),
    };
  }
}
