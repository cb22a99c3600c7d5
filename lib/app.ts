import {
  App,
  type AppProps,
  AspectPriority,
  Aspects,
  CrossStackReferences,
  ReferenceStrength,
  Stack,
  Tags,
} from 'aws-cdk-lib';
import type { AppConfig, Stage } from './app-config.ts';
import { refuseOverload } from './capacity.ts';
import { inRegion, stageNamed, stages, withQuickSight } from './config.ts';
import { refuseUnusableCluster } from './existing-cluster.ts';
import { refuseUnusableDatabase } from './existing-database.ts';
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
    // The same templates from `npm run deploy` and from the CDK's command line, which asks for metadata: with
    // other metadata, API Gateway would be deployed anew.
    const postCliContext = {
      'aws:cdk:enable-path-metadata': false,
      'aws:cdk:enable-asset-metadata': false,
    };
    super({ analyticsReporting: false, ...props, postCliContext });
    const config = given ?? configOf(this);
    refuseUnusableCluster(config);
    refuseUnusableDatabase(config);
    refuseOverload(config);
    // Fn::GetStackOutput: an export that another stack imports could never change, nor its stack be deleted.
    CrossStackReferences.of(this).consume(ReferenceStrength.WEAK);
    const network = new NetworkStack(this, { config });
    const streaming = new StreamingStack(this, { config, network, bundles });
    const { kafka } = streaming;
    const storage = new StorageStack(this, { config, network });
    new AnalyticsStack(this, { config, storage });
    const weather = new WeatherStack(this, { config, network, kafka, storage, bundles });
    const fraud = new FraudStack(this, { config, network, kafka, storage, weather, bundles });
    const workflows = new WorkflowsStack(this, { config, network, kafka, storage, weather, bundles });
    // The CDK sees no reference to the output with the brokers, nor to a cluster that exists.
    for (const stack of [weather, fraud, workflows]) stack.addStackDependency(streaming);
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

/** @throws Error that tells the user of the CDK's command line how to name a stage */
function stageInContext(name: string | undefined): Stage {
  try {
    return stageNamed(name);
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${message} With the CDK's command line: -c stage=dev`, { cause: error });
  }
}

/** The values of the stage in the CDK context, with the context's further settings. */
function configOf({ node }: App): AppConfig {
  const asText = (name: string): string | undefined => node.tryGetContext(name)?.toString();
  const ofStage = stages[stageInContext(asText('stage'))];
  const [region, zones] = [asText('region'), asText('zones')];
  const elsewhere = region !== undefined || zones !== undefined;
  const config = elsewhere ? inRegion(ofStage, region ?? ofStage.region, zones) : ofStage;
  const principal: unknown = node.tryGetContext('quickSightPrincipal');
  return principal === undefined ? config : withQuickSight(config, principal);
}
