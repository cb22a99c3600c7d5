import { arnWithin, clusterArnOf } from './arn.ts';
import { mayHave, type Right } from './granted.ts';
import type { KafkaApp, KafkaMapping } from './kafka-mapping.ts';
import { type Resource, referenced, textOf } from './template.ts';

/** Rights that the pollers of a mapping need and certainly lack. Empty without IAM, or for a foreign role. */
export function missingRights(mapping: KafkaMapping, app: KafkaApp): readonly Right[] {
  const role = app.resources.get(referenced(mapping.lambda?.properties.Role) ?? '');
  if (role === undefined || !usesIam(mapping, app)) return [];
  return neededRights(mapping).filter((right) => !mayHave(role, app, right));
}

/** @see https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html */
function neededRights({ cluster, topics, consumerGroup, destinationTopic }: KafkaMapping): Right[] {
  const group = arnWithin(cluster, 'group', consumerGroup ?? generatedGroup);
  const topicArn = (topic: string) => arnWithin(cluster, 'topic', topic);
  const read = topics.map(topicArn);
  const written = destinationTopic === undefined ? [] : [topicArn(destinationTopic)];
  return [
    right('Connect', cluster),
    right('DescribeGroup', group),
    right('AlterGroup', group),
    ...[...new Set([...read, ...written])].map((topic) => right('DescribeTopic', topic)),
    ...read.map((topic) => right('ReadData', topic)),
    ...written.map((topic) => right('WriteData', topic)),
  ];
}

const right = (action: string, arn: string): Right => ({ action: `kafka-cluster:${action}`, arn });

/** Lambda generates a UUID as the name of the group. No policy can name it, so only a wildcard covers it. */
const generatedGroup = '00000000-0000-4000-8000-000000000000';

/**
 * Without other credentials, Lambda uses IAM if the cluster offers it. Clusters of other apps are assumed to.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/msk-cluster-auth.html
 */
function usesIam({ selfManaged, cluster, properties }: KafkaMapping, { resources }: KafkaApp): boolean {
  const credentials = [properties.SourceAccessConfigurations ?? []].flat();
  // A type that only the deploy knows may be a credential.
  if (selfManaged || credentials.some(({ Type }) => /_AUTH$|\$\{/.test(textOf(Type)))) return false;
  const own = [...resources.values()].find(({ construct }) => clusterArnOf(construct) === cluster);
  return own === undefined || offersIam(own);
}

/** A serverless cluster offers IAM only. */
function offersIam({ type, properties }: Resource): boolean {
  const { Enabled: enabled = false } = properties.ClientAuthentication?.Sasl?.Iam ?? {};
  return type === 'AWS::MSK::ServerlessCluster' || enabled !== false;
}
