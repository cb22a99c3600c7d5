import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { type FunctionSetting, NodeFunction } from './node-function.ts';
import type { Stores } from './stores.ts';

export interface FraudPruningProps extends FunctionSetting {
  readonly storage: Stores;
}

/** Each hour, deletes rows about transactions that are older than `fraud.keepDays`. */
export class FraudPruning extends Construct {
  constructor(scope: Construct, id: string, props: FraudPruningProps) {
    super(scope, id);
    const { config, storage } = props;
    const { keepDays } = config.fraud;
    const prune = new NodeFunction(this, 'PruneFraud', {
      ...props,
      folder: 'prune-fraud',
      memoryMb: 256,
      timeout: Duration.minutes(5),
      environment: {
        KEEP_SCORED_REQUESTS_DAYS: String(keepDays.scoredRequests),
        KEEP_ACCOUNT_ACTIVITY_DAYS: String(keepDays.accountActivity),
        KEEP_METRIC_UPDATES_DAYS: String(keepDays.metricUpdates),
        KEEP_PREDICTIONS_DAYS: String(keepDays.predictions),
        KEEP_LABELS_DAYS: String(keepDays.labels),
        KEEP_MODEL_EVALUATIONS_DAYS: String(keepDays.modelEvaluations),
      },
    });
    storage.database.connect(prune, 'fraud');
    new Rule(this, 'EveryHour', {
      ruleName: `isobar-${config.stage}-prune-fraud`,
      schedule: Schedule.cron({ minute: '37' }),
      targets: [new LambdaFunction(prune)],
    });
  }
}
