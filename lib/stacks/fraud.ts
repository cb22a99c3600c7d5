import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { EvaluationWorkflow } from '../constructs/evaluation-workflow.ts';
import { FraudApi } from '../constructs/fraud-api.ts';
import { FraudPruning } from '../constructs/fraud-pruning.ts';
import type { KafkaCluster } from '../constructs/kafka-cluster.ts';
import { LabelFiles } from '../constructs/label-files.ts';
import { MetricSamples } from '../constructs/metric-samples.ts';
import type { FunctionSetting } from '../constructs/node-function.ts';
import { RetrainingWorkflow } from '../constructs/retraining-workflow.ts';
import { TransactionMonitor } from '../constructs/transaction-monitor.ts';
import type { NetworkStack } from './network.ts';
import { labelsTimeout, type StorageStack } from './storage.ts';
import type { WeatherStack } from './weather.ts';

export interface FraudStackProps extends FunctionSetting {
  readonly network: NetworkStack;
  readonly kafka: KafkaCluster;
  readonly storage: StorageStack;
  readonly weather: WeatherStack;
}

/** Scores card transactions and monitors the model; a construct for each part. */
export class FraudStack extends Stack {
  constructor(scope: Construct, { weather, ...props }: FraudStackProps) {
    const { config } = props;
    super(scope, 'Fraud', { stackName: `isobar-${config.stage}-fraud`, env: { region: config.region } });
    // Its deploy migrates the database.
    this.addStackDependency(weather);
    const api = new FraudApi(this, 'Api', { ...props, natAddresses: props.network.natAddresses });
    const { queue: metricSamples } = new MetricSamples(this, 'MetricSamples', { ...props, api });
    new TransactionMonitor(this, 'Monitor', { ...props, metricSamples });
    new LabelFiles(this, 'Labels', { ...props, timeout: labelsTimeout });
    new EvaluationWorkflow(this, 'Evaluation', { ...props, metricSamples });
    new FraudPruning(this, 'Pruning', props);
    new RetrainingWorkflow(this, 'Retraining', { ...props, notifySlack: weather.notifySlack });
  }
}
