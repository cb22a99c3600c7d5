import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { AppConfig } from '../config.ts';
import { SensorWorkflow } from '../constructs/sensor-workflow.ts';
import type { WeatherStack } from './weather.ts';

export interface WorkflowsStackProps {
  readonly config: AppConfig;
  readonly weather: WeatherStack;
}

/** What runs by the clock; a construct for each workflow. */
export class WorkflowsStack extends Stack {
  constructor(scope: Construct, { config, weather }: WorkflowsStackProps) {
    super(scope, 'Workflows', {
      stackName: `isobar-${config.stage}-workflows`,
      env: { region: config.region },
    });
    new SensorWorkflow(this, 'Sensor', { config, notifySlack: weather.notifySlack });
  }
}
