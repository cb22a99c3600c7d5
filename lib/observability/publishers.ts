import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Topic } from 'aws-cdk-lib/aws-sns';

/**
 * What a service does with a topic.
 * @see https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-receiver-AMPpermission.html
 */
const actionsOf = {
  cloudwatch: ['sns:Publish'],
  'events.rds': ['sns:Publish'],
  aps: ['sns:Publish', 'sns:GetTopicAttributes'],
} as const;

/** Lets a service of AWS publish to a topic, for resources of this account. */
export function grantPublish(topic: Topic, service: keyof typeof actionsOf): void {
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
      actions: [...actionsOf[service]],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(topic).account } },
    }),
  );
}
