import { App, type AppProps, AspectPriority, Aspects, Stack, Tags } from 'aws-cdk-lib';
import type { AppConfig } from './app-config.ts';
import { refuseOverload } from './capacity.ts';
import { stageNamed, stages, withQuickSight } from './config.ts';
import { brokerCount } from './constructs/kafka-cluster.ts';
import { connectionFaults } from './guards/connection-budget.ts';
import { KafkaMappingGuard } from './guards/kafka-mapping-guard.ts';
import { AlarmActions } from './observability/alarm-actions.ts';
import { alarmTopicArn } from './observability/alarms.ts';
import { AnalyticsStack } from './stacks/analytics.ts';
import { FraudStack } from './stacks/fraud.ts';
import { ManagedPrometheusStack } from './stacks/managed-prometheus.ts';
import { NetworkStack } from './stacks/network.ts';
import { ObservabilityStack } from './stacks/observability.ts';
import { StorageStack } from './stacks/storage.ts';
import { StreamingStack } from './stacks/streaming.ts';
import { WeatherStack } from './stacks/weather.ts';
import { WorkflowsStack } from './stacks/workflows.ts';

export interface IsobarProps extends AppProps {
  /** Directory that holds one bundle per folder of lambdas/. */
  readonly bundles: string;
  /** Default: the values of the stage in the CDK context (`-c stage=dev`). */
  readonly config?: AppConfig;
}

/** The whole platform of one stage. */
export class Isobar extends App {
  constructor({ bundles, config: given, ...props }: IsobarProps) {
    super({ analyticsReporting: false, ...props });
    const config = given ?? configOf(this);
    refuseOverload(config, brokerCount);
    const network = new NetworkStack(this, { config });
    const { kafka } = new StreamingStack(this, { config, network });
    const storage = new StorageStack(this, { config, network });
    new AnalyticsStack(this, { config, storage });
    const weather = new WeatherStack(this, { config, network, kafka, storage, bundles });
    new FraudStack(this, { config, network, kafka, storage, weather, bundles });
    new WorkflowsStack(this, { config, network, kafka, storage, weather, bundles });
    if (config.managedPrometheus !== undefined) new ManagedPrometheusStack(this, { config, network, kafka });
    const observability = new ObservabilityStack(this, { config });
    for (const stack of this.node.children)
      if (stack instanceof Stack && stack !== observability) stack.addStackDependency(observability);
    this.node.addValidation({ validate: () => connectionFaults(this, config) });
    Tags.of(this).add('project', 'isobar');
    Tags.of(this).add('stage', config.stage);
    Aspects.of(this).add(new AlarmActions(alarmTopicArn(config)), { priority: AspectPriority.MUTATING });
    Aspects.of(this).add(new KafkaMappingGuard(), { priority: AspectPriority.READONLY });
  }
}

/** The values of the stage in the CDK context, with the context's further settings. */
function configOf({ node }: App): AppConfig {
  const config = stages[stageNamed(node.tryGetContext('stage'))];
  const principal: unknown = node.tryGetContext('quickSightPrincipal');
  return principal === undefined ? config : withQuickSight(config, principal);
}
