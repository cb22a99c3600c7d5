import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DailyWorkflow } from '../constructs/daily-workflow.ts';
import type { KafkaCluster } from '../constructs/kafka-cluster.ts';
import type { FunctionSetting } from '../constructs/node-function.ts';
import { SensorWorkflow } from '../constructs/sensor-workflow.ts';
import type { StorageStack } from './storage.ts';
import type { WeatherStack } from './weather.ts';

export interface WorkflowsStackProps extends FunctionSetting {
  readonly kafka: KafkaCluster;
  readonly storage: StorageStack;
  readonly weather: WeatherStack;
}

/** The scheduled workflows of the weather pipeline; a construct for each. */
export class WorkflowsStack extends Stack {
  constructor(scope: Construct, { weather, ...props }: WorkflowsStackProps) {
    const { config } = props;
    super(scope, 'Workflows', {
      stackName: `isobar-${config.stage}-workflows`,
      env: { region: config.region },
    });
    const { notifySlack } = weather;
    new SensorWorkflow(this, 'Sensor', { config, notifySlack });
    new DailyWorkflow(this, 'Daily', { ...props, notifySlack });
  }
}
