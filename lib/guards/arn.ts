import { CfnResource, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { overlap, unknownSegment } from './glob.ts';

const clusterTypes = ['AWS::MSK::Cluster', 'AWS::MSK::ServerlessCluster'];

/** The ARN of a cluster of the app, with `${…}` for what only AWS knows; undefined for other resources. */
export function clusterArnOf(construct: IConstruct): string | undefined {
  if (!CfnResource.isCfnResource(construct) || !clusterTypes.includes(construct.cfnResourceType)) {
    return undefined;
  }
  const { path } = construct.node;
  const { clusterName } = construct as CfnResource & { readonly clusterName?: string };
  const known = clusterName !== undefined && !Token.isUnresolved(clusterName);
  const name = known ? clusterName : `\${name of ${path}}`;
  return `arn:\${AWS::Partition}:kafka:\${AWS::Region}:\${AWS::AccountId}:cluster/${name}/\${UUID of ${path}}`;
}

/**
 * The ARN of a topic or consumer group of a cluster.
 * @see https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html
 */
export function arnWithin(clusterArn: string, kind: 'topic' | 'group', name: string): string {
  return clusterArn.includes(':cluster/')
    ? `${clusterArn.replace(':cluster/', `:${kind}/`)}/${name}`
    : `arn:\${AWS::Partition}:kafka:\${AWS::Region}:\${AWS::AccountId}:${kind}/\${name of cluster}/\${UUID of cluster}/${name}`;
}

/** Whether an element of a policy can cover this ARN or action, for some value of each `${…}`. */
export const canBe = (element: string, needed: string): boolean => overlap(pattern(element), pattern(needed));

const pattern = (text: string): string =>
  text.replace(/\$\{(?:AWS::|name of |UUID of )[^}]*\}/g, unknownSegment).replace(/\$\{[^}]*\}/g, '*');
