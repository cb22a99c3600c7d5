import type { IConstruct } from 'constructs';
import { type Topic, topics } from '../../lambdas/shared/kafka/topics.ts';
import type { AppConfig } from '../app-config.ts';
import { type Resource, referenced, resourcesOf } from './template.ts';

/** `max` of the pool in lambdas/shared/postgres/database.ts. */
const poolSize = 2;

const functionType = 'AWS::Lambda::Function';
const mappingType = 'AWS::Lambda::EventSourceMapping';
const permissionType = 'AWS::Lambda::Permission';

/** Invocations of one poller of Kafka at a time. */
const invocationsPerPoller = 5;

/** A function that connects to the database, and most of its environments that run at once. */
export interface Concurrency {
  readonly name: string;
  readonly environments: number;
}

/**
 * How many environments of each function with a connection may run at once: by its reserved concurrency, by
 * its event source mappings, or one for a schedule or a workflow. Without a reservation, the API may start as
 * many of one function as its burst has requests.
 */
export function databaseConcurrency(app: IConstruct, { api }: AppConfig): Concurrency[] {
  const resources = [...resourcesOf(app, [functionType, mappingType, permissionType])];
  const ofType = (type: string) => resources.filter(([, resource]) => resource.type === type);
  return ofType(functionType)
    .filter(([, { properties }]) =>
      Object.keys(properties.Environment?.Variables ?? {}).some((name) => name.startsWith('DATABASE_SECRET')),
    )
    .map(([path, { properties }]) => {
      const isOwn = ([, { properties: other }]: [string, Resource]) =>
        referenced(other.FunctionName) === path;
      const mapped = ofType(mappingType)
        .filter(isOwn)
        .reduce((sum, [, mapping]) => sum + mappingConcurrency(mapping), 0);
      const called = ofType(permissionType).some(
        (permission) =>
          isOwn(permission) && permission[1].properties.Principal === 'apigateway.amazonaws.com',
      );
      return {
        name: String(properties.FunctionName),
        environments:
          properties.ReservedConcurrentExecutions ?? (called ? api.burstRequests : Math.max(1, mapped)),
      };
    });
}

/** A partition has one invocation at a time. */
function mappingConcurrency({ properties }: Resource): number {
  const { ProvisionedPollerConfig: pollers, ScalingConfig, Topics = [] } = properties;
  if (pollers === undefined) return ScalingConfig?.MaximumConcurrency ?? Number.POSITIVE_INFINITY;
  const partitions = Object.values<Topic>(topics).find(({ name }) => name === Topics[0])?.partitions;
  return Math.min(partitions ?? Number.POSITIVE_INFINITY, pollers.MaximumPollers * invocationsPerPoller);
}

/** @returns what is wrong if functions may open more connections than Postgres takes */
export function connectionFaults(app: IConstruct, config: AppConfig): string[] {
  const all = databaseConcurrency(app, config);
  const needed = poolSize * all.reduce((sum, { environments }) => sum + environments, 0);
  const { maxConnections, reservedConnections } = config.database;
  if (reservedConnections === 0 || needed <= maxConnections - reservedConnections) return [];
  const largest = all.toSorted((one, other) => other.environments - one.environments).slice(0, 3);
  return [
    `Functions may open ${needed} connections to Postgres, which allows ${maxConnections}, ` +
      `${reservedConnections} of them reserved. Most: ` +
      `${largest.map(({ name, environments }) => `${name} ${poolSize * environments}`).join(', ')}. ` +
      'Choose a larger database, fewer pollers, or a smaller concurrency of the API.',
  ];
}
