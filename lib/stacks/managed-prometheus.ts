import { Fn, Stack } from 'aws-cdk-lib';
import { CfnRuleGroupsNamespace, CfnScraper, CfnWorkspace } from 'aws-cdk-lib/aws-aps';
import { CfnSecurityGroupIngress, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { CfnWorkspace as CfnGrafana } from 'aws-cdk-lib/aws-grafana';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { stringify } from 'yaml';
import type { AppConfig } from '../app-config.ts';
import type { KafkaCluster } from '../constructs/kafka-cluster.ts';
import {
  alarmTopicArn,
  dashboardUrl,
  noticesQueueArn,
  prometheusTopicArn,
  prometheusTopicName,
} from '../observability/alarms.ts';
import { alertManager } from '../observability/alert-manager.ts';
import { grantPublish } from '../observability/publishers.ts';
import { rulesYaml } from '../observability/rules-yaml.ts';
import type { NetworkStack } from './network.ts';

export interface ManagedPrometheusStackProps {
  readonly config: AppConfig;
  readonly network: NetworkStack;
  readonly kafka: KafkaCluster;
}

/** Where MSK's open monitoring serves the metrics of a broker. */
const jmxPort = 11_001;

/**
 * A managed Prometheus that reads the brokers, with the same rules as everywhere, and a managed Grafana. Only
 * a stage whose configuration asks for them has this stack: both cost money by use.
 * @see https://docs.aws.amazon.com/prometheus/latest/userguide/prom-msk-integration.html
 */
export class ManagedPrometheusStack extends Stack {
  readonly #props: ManagedPrometheusStackProps;

  constructor(scope: Construct, props: ManagedPrometheusStackProps) {
    const { config } = props;
    super(scope, 'ManagedPrometheus', {
      stackName: `isobar-${config.stage}-prometheus`,
      env: { region: config.region },
    });
    this.#props = props;
    this.#slackTopic();
    // The broker's names are an output of its own making, which the CDK does not see.
    this.addStackDependency(Stack.of(props.kafka));
    const workspace = this.#workspace();
    this.#scraper(workspace);
    if (config.managedPrometheus?.grafana) this.#grafana(workspace);
  }

  #workspace(): CfnWorkspace {
    const { config } = this.#props;
    const workspace = new CfnWorkspace(this, 'Workspace', {
      alias: `isobar-${config.stage}`,
      // Its alerts go where the alarms of CloudWatch go, and to Slack.
      alertManagerDefinition: alertManager({
        region: config.region,
        alarmTopicArn: alarmTopicArn(config),
        slackTopicArn: prometheusTopicArn(config),
        dashboardUrl: dashboardUrl(config),
      }),
    });
    new CfnRuleGroupsNamespace(this, 'Rules', {
      name: 'isobar',
      workspace: workspace.attrArn,
      data: rulesYaml(config),
    });
    return workspace;
  }

  /** Alerts as messages for notify-slack. The queue takes them as they are. */
  #slackTopic(): void {
    const { config } = this.#props;
    const topic = new Topic(this, 'SlackTopic', {
      topicName: prometheusTopicName(config.stage),
      enforceSSL: true,
    });
    grantPublish(topic, 'aps');
    new CfnSubscription(this, 'SlackSubscription', {
      topicArn: topic.topicArn,
      protocol: 'sqs',
      endpoint: noticesQueueArn(config),
      rawMessageDelivery: true,
    });
  }

  /** A collector in the network of the brokers. It reads them under the names that dashboards ask for. */
  #scraper(workspace: CfnWorkspace): void {
    const { config, network, kafka } = this.#props;
    const group = network.brokers.securityGroupId;
    // The collector has the security group of the brokers.
    new CfnSecurityGroupIngress(this, 'CollectorToBrokers', {
      description: 'CollectorToBrokers',
      groupId: group,
      sourceSecurityGroupId: group,
      ipProtocol: 'tcp',
      fromPort: jmxPort,
      toPort: jmxPort,
    });
    const scrape = stringify({
      global: { scrape_interval: '30s' },
      scrape_configs: [
        {
          job_name: 'isobar-brokers',
          metrics_path: '/metrics',
          dns_sd_configs: [{ names: kafka.hosts, type: 'A', port: jmxPort }],
          relabel_configs: [{ target_label: 'stage', replacement: config.stage }],
        },
      ],
    });
    new CfnScraper(this, 'Scraper', {
      alias: `isobar-${config.stage}`,
      destination: { ampConfiguration: { workspaceArn: workspace.attrArn } },
      scrapeConfiguration: { configurationBlob: Fn.base64(scrape) },
      source: {
        vpcConfiguration: {
          securityGroupIds: [group],
          subnetIds: network.vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_WITH_EGRESS }).subnetIds,
        },
      },
    });
  }

  #grafana(workspace: CfnWorkspace): void {
    const { config } = this.#props;
    const role = new Role(this, 'GrafanaRole', {
      assumedBy: new ServicePrincipal('grafana.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
      inlinePolicies: {
        Query: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['QueryMetrics', 'GetLabels', 'GetSeries', 'GetMetricMetadata'].map(
                (action) => `aps:${action}`,
              ),
              resources: [workspace.attrArn],
            }),
          ],
        }),
      },
    });
    new CfnGrafana(this, 'Grafana', {
      name: `isobar-${config.stage}`,
      accountAccessType: 'CURRENT_ACCOUNT',
      authenticationProviders: ['AWS_SSO'],
      permissionType: 'CUSTOMER_MANAGED',
      roleArn: role.roleArn,
    });
  }
}
