import type { IConstruct } from 'constructs';
import { type Resource, referenced, resourcesOf, textOf } from './template.ts';

export const mappingType = 'AWS::Lambda::EventSourceMapping';

const types = [
  mappingType,
  'AWS::Lambda::Function',
  'AWS::Lambda::Alias',
  'AWS::Lambda::Version',
  'AWS::IAM::Role',
  'AWS::IAM::Policy',
  'AWS::IAM::RolePolicy',
  'AWS::IAM::ManagedPolicy',
  'AWS::MSK::Cluster',
  'AWS::MSK::ServerlessCluster',
];

/** An event source mapping from Kafka to Lambda. Texts have `${…}` for what only the deploy knows. */
export interface KafkaMapping {
  readonly path: string;
  readonly properties: Resource['properties'];
  /** The ARN of an MSK cluster, or the brokers of a self-managed one: the same text for the same cluster. */
  readonly cluster: string;
  readonly selfManaged: boolean;
  readonly topics: readonly string[];
  /** Undefined: Lambda generates a name. */
  readonly consumerGroup: string | undefined;
  /** The on-failure destination, if it is a topic. */
  readonly destinationTopic: string | undefined;
  readonly provisioned: boolean;
  readonly pollerGroup: string | undefined;
  /** Undefined: the function is not part of this app. */
  readonly lambda: Resource | undefined;
}

export interface KafkaApp {
  readonly resources: ReadonlyMap<string, Resource>;
  readonly mappings: readonly KafkaMapping[];
}

export function kafkaAppOf(root: IConstruct): KafkaApp {
  const resources = resourcesOf(root, types);
  const mappings = [...resources.values()]
    .filter(({ type, properties }) => type === mappingType && isKafka(properties))
    .map((mapping) => read(mapping, resources));
  return { resources, mappings };
}

/**
 * Kafka is the only event source with these properties.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
 */
const isKafka = ({
  Topics,
  SelfManagedEventSource,
  AmazonManagedKafkaEventSourceConfig,
}: Resource['properties']) =>
  [Topics, SelfManagedEventSource, AmazonManagedKafkaEventSourceConfig].some(
    (property) => property !== undefined,
  );

function read({ path, properties }: Resource, resources: KafkaApp['resources']): KafkaMapping {
  const brokers = properties.SelfManagedEventSource?.Endpoints?.KafkaBootstrapServers;
  const selfManaged = properties.SelfManagedEventSource !== undefined;
  const group =
    properties.AmazonManagedKafkaEventSourceConfig ?? properties.SelfManagedKafkaEventSourceConfig;
  const pollers = properties.ProvisionedPollerConfig;
  return {
    path,
    properties,
    cluster: selfManaged ? texts(brokers).sort().join() : textOf(properties.EventSourceArn),
    selfManaged,
    topics: texts(properties.Topics),
    consumerGroup: optionalText(group?.ConsumerGroupId),
    destinationTopic: kafkaTopic(properties.DestinationConfig?.OnFailure?.Destination),
    provisioned: pollers !== undefined,
    // An empty name means no group.
    pollerGroup: optionalText(pollers?.PollerGroupName) || undefined,
    lambda: functionOf(properties.FunctionName, resources),
  };
}

const texts = (list: unknown): string[] => [list ?? []].flat().map(textOf);

const optionalText = (value: unknown): string | undefined =>
  value === undefined ? undefined : textOf(value);

const kafkaTopic = (destination: unknown): string | undefined => {
  const [, topic] = (optionalText(destination) ?? '').split('kafka://');
  return topic;
};

/** A mapping names a function, a version or an alias: by reference, by name or by ARN. */
function functionOf(name: unknown, resources: KafkaApp['resources']): Resource | undefined {
  const path = referenced(name);
  if (path === undefined) {
    const last = textOf(name).split(':function:').at(-1);
    return [...resources.values()].find(
      ({ type, properties }) => type === 'AWS::Lambda::Function' && properties.FunctionName === last,
    );
  }
  const target = resources.get(path);
  return target === undefined || target.type === 'AWS::Lambda::Function'
    ? target
    : functionOf(target.properties.FunctionName, resources);
}
