import { Aws, Stack } from 'aws-cdk-lib';
import { CfnRestApi } from 'aws-cdk-lib/aws-apigateway';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnJob } from 'aws-cdk-lib/aws-glue';
import { CfnEventSourceMapping, CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import { CfnStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { IConstruct } from 'constructs';
import type { CloudWatchTargets } from '../../lambdas/shared/metrics/cloudwatch-metrics.ts';
import type { AppConfig } from '../app-config.ts';
import { brokersOf, clusterName } from '../cluster.ts';

/** What CloudWatch measures, with what alarms need to know of it. */
export interface Targets extends CloudWatchTargets {
  /** Functions by their names, each with its timeout in seconds. */
  readonly timeouts: readonly (readonly [name: string, seconds: number])[];
  /** Rules of EventBridge, which start and forward things. */
  readonly rules: readonly string[];
}

/**
 * The resources of an app that CloudWatch measures, found in its construct tree: a new function or queue is
 * on the dashboard without further code. Only names that the project gives are listed, so that nothing is
 * imported from the stacks.
 */
export function targetsIn(app: IConstruct, config: AppConfig): Targets {
  const all = app.node.findAll();
  const of = <T extends IConstruct, Found>(type: new (...args: never[]) => T, read: (found: T) => Found) =>
    all.filter((each): each is T => each instanceof type).map(read);
  const names = <T extends IConstruct>(type: new (...args: never[]) => T, read: (found: T) => unknown) =>
    of(type, read)
      .filter((name): name is string => typeof name === 'string' && name.startsWith('isobar-'))
      .sort();
  return {
    account: { id: Aws.ACCOUNT_ID, region: config.region },
    functions: names(CfnFunction, ({ functionName }) => functionName),
    queues: names(CfnQueue, ({ queueName }) => queueName),
    machines: names(CfnStateMachine, ({ stateMachineName }) => stateMachineName),
    apis: names(CfnRestApi, ({ name }) => name),
    jobs: names(CfnJob, ({ name }) => name),
    workGroups: names(CfnWorkGroup, ({ name }) => name),
    databases: [databaseName(config)],
    buckets: names(CfnBucket, ({ bucketName }) => bucketName),
    clusters: [clusterName(config)],
    brokers: brokersOf(config),
    rules: names(CfnRule, ({ name }) => name),
    timeouts: of(CfnFunction, ({ functionName, timeout }) => [functionName, timeout] as const).flatMap(
      ([name, timeout]) =>
        name?.startsWith('isobar-') && timeout !== undefined ? [[name, timeout] as const] : [],
    ),
    groups: of(CfnEventSourceMapping, groupOf).flatMap((group) => (group === undefined ? [] : [group])),
  };
}

/** The name of the RDS instance. */
export const databaseName = ({ stage, database }: AppConfig): string =>
  database.existing?.instanceIdentifier ?? `isobar-${stage}`;

/** What the function behind `GET /metrics/cloudwatch` has to know: its environment has room for 4 KB. */
export const namesOf = ({ timeouts: _, rules: __, ...targets }: Targets): CloudWatchTargets => targets;

function groupOf(mapping: CfnEventSourceMapping): readonly [string, string] | undefined {
  const kafka = Stack.of(mapping).resolve(mapping.amazonManagedKafkaEventSourceConfig) as
    | { readonly consumerGroupId?: string }
    | undefined;
  const [topic] = mapping.topics ?? [];
  const group = kafka?.consumerGroupId;
  return group === undefined || topic === undefined ? undefined : [group, topic];
}
