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
import { inRegion, stageNames, stages, withQuickSight } from './config.ts';
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
  readonly config: AppConfig;
}

/** The whole platform of one stage. */
export class Isobar extends App {
  constructor({ bundles, config, ...props }: IsobarProps) {
    // The same templates from `npm run deploy` and from the CDK's command line, which asks for metadata: with
    // other metadata, API Gateway would be deployed anew.
    const postCliContext = {
      'aws:cdk:enable-path-metadata': false,
      'aws:cdk:enable-asset-metadata': false,
    };
    super({ analyticsReporting: false, ...props, postCliContext });
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
    if (config.managedPrometheus !== undefined)
      // Its alerts go to Slack through a queue that it names.
      new ManagedPrometheusStack(this, { config, network, kafka }).addStackDependency(weather);
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

/** A value of the CDK context (`-c name=value`) with which there is no configuration. */
export class WrongContext extends Error {}

/** @throws WrongContext that says how to name a stage */
function stageInContext(name: string | undefined): Stage {
  const stage = stageNames.find((known) => known === name);
  if (stage !== undefined) return stage;
  const found = name === undefined ? 'No stage was given' : `"${name}" is not a stage`;
  throw new WrongContext(`${found}: add -c stage=${stageNames.join('|')}`);
}

/**
 * The values of the stage in the CDK context (`-c stage=dev`), with the context's further settings.
 * @throws WrongContext
 */
export function configInContext(): AppConfig {
  const { node } = new App({ autoSynth: false });
  const asText = (name: string): string | undefined => node.tryGetContext(name)?.toString();
  const ofStage = stages[stageInContext(asText('stage'))];
  const [region, zones] = [asText('region'), asText('zones')];
  const elsewhere = region !== undefined || zones !== undefined;
  const principal: unknown = node.tryGetContext('quickSightPrincipal');
  try {
    const config = elsewhere ? inRegion(ofStage, region ?? ofStage.region, zones) : ofStage;
    return principal === undefined ? config : withQuickSight(config, principal);
  } catch (error) {
    throw new WrongContext((error as Error).message, { cause: error });
  }
}
