import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import type { AppConfig } from '../app-config.ts';
import { KafkaCluster } from '../constructs/kafka-cluster.ts';
import type { NetworkStack } from './network.ts';

export interface StreamingStackProps {
  readonly config: AppConfig;
  readonly network: NetworkStack;
  /** Directory that holds one bundle per folder of lambdas/. */
  readonly bundles: string;
}

export class StreamingStack extends Stack {
  readonly kafka: KafkaCluster;

  constructor(scope: Construct, { config, network, bundles }: StreamingStackProps) {
    super(scope, 'Streaming', {
      stackName: `isobar-${config.stage}-streaming`,
      env: { region: config.region },
    });
    this.kafka = new KafkaCluster(this, 'Kafka', {
      config,
      network,
      brokers: network.brokers,
      bundles,
      topics: Object.values(topics),
    });
  }
}
