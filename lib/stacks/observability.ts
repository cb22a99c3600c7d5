import { Stack } from 'aws-cdk-lib';
import { Subscription, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';
import { addAlarm, alarmsOn, alarmTopicName } from '../observability/alarms.ts';
import { addCloudWatchDashboard } from '../observability/cloudwatch-dashboard.ts';
import { grantPublish } from '../observability/publishers.ts';
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
    addCloudWatchDashboard(this, 'Dashboard', {
      name: `isobar-${config.stage}`,
      stage: config.stage,
      targets,
    });
    this.#alarmTopic(config);
    for (const spec of alarmsOn(targets, config)) addAlarm(this, config.stage, spec);
  }

  /** The topic to which every alarm is sent. Slack has a way of its own: slack-notices. */
  #alarmTopic({ stage, alerting }: AppConfig): void {
    const topic = new Topic(this, 'Alarms', { topicName: alarmTopicName(stage), enforceSSL: true });
    for (const service of ['cloudwatch', 'events.rds', 'aps'] as const) grantPublish(topic, service);
    for (const [at, endpoint] of alerting.subscribers.entries())
      new Subscription(this, `Subscriber${at}`, {
        topic,
        endpoint,
        protocol: endpoint.includes('://') ? SubscriptionProtocol.HTTPS : SubscriptionProtocol.EMAIL,
      });
  }
}
