import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnEventSubscription } from 'aws-cdk-lib/aws-rds';
import { Subscription, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';
import { addAlarm, alarmsOn, alarmTopicName } from '../observability/alarms.ts';
import { addCloudWatchDashboard } from '../observability/cloudwatch-dashboard.ts';
import { targetsIn } from '../observability/targets.ts';

export interface ObservabilityStackProps {
  readonly config: AppConfig;
}

/**
 * Watches the other stacks of the app: create it last. It refers to their resources by name, and so depends
 * on none of them; they depend on its topic.
 */
export class ObservabilityStack extends Stack {
  constructor(scope: Construct, { config }: ObservabilityStackProps) {
    super(scope, 'Observability', {
      stackName: `isobar-${config.stage}-observability`,
      env: { region: config.region },
    });
    const targets = targetsIn(scope, config);
    addCloudWatchDashboard(this, 'Dashboard', { name: `isobar-${config.stage}`, targets });
    const topic = this.#alarmTopic(config);
    for (const spec of alarmsOn(targets, config)) addAlarm(this, config.stage, spec);
    for (const name of targets.databases) this.#onDatabaseEvents(name, topic);
  }

  /** The topic to which every alarm is sent. Slack has a way of its own: slack-notices. */
  #alarmTopic({ stage, alerting }: AppConfig): Topic {
    const topic = new Topic(this, 'Alarms', { topicName: alarmTopicName(stage), enforceSSL: true });
    for (const service of ['cloudwatch', 'events.rds', 'aps'])
      topic.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
          actions: ['sns:Publish'],
          resources: [topic.topicArn],
          conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
        }),
      );
    for (const [at, endpoint] of alerting.subscribers.entries())
      new Subscription(this, `Subscriber${at}`, {
        topic,
        endpoint,
        protocol: endpoint.includes('://') ? SubscriptionProtocol.HTTPS : SubscriptionProtocol.EMAIL,
      });
    return topic;
  }

  /** A failover, a lost standby and a full disk are events of RDS, and no metrics. */
  #onDatabaseEvents(name: string, topic: Topic): void {
    new CfnEventSubscription(this, 'DatabaseEvents', {
      snsTopicArn: topic.topicArn,
      sourceType: 'db-instance',
      sourceIds: [name],
      eventCategories: ['availability', 'failover', 'failure', 'low storage', 'recovery'],
    });
  }
}
