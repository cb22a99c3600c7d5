import { expect, test } from '@jest/globals';
import { parseTargets } from '../../lambdas/fraud/show-cloudwatch/targets.ts';
import { cloudWatchMetrics } from '../../lambdas/shared/metrics/cloudwatch-metrics.ts';
import { stages } from '../../lib/config.ts';
import { dashboards, panelsOf } from '../../lib/observability/dashboards.ts';
import { rulesYaml } from '../../lib/observability/rules-yaml.ts';
import { allOfType, stackIds, templatesOf } from './synthesized.ts';
import { textIn } from './template-text.ts';

const templates = templatesOf(stages.prod);
const text = textIn(templates);

interface Widget {
  readonly type: string;
  readonly properties: { readonly title?: string; readonly metrics?: readonly (readonly unknown[])[] };
}
const [dashboard] = allOfType(templates, 'AWS::CloudWatch::Dashboard');
const widgets: Widget[] = JSON.parse(
  text(dashboard?.Properties.DashboardBody).replaceAll(/<[^>]*>/g, (reference) =>
    reference.replaceAll('"', ''),
  ),
).widgets;

test('the CloudWatch dashboard draws each panel that has metrics there, under its title', () => {
  const titles = widgets.flatMap(({ type, properties: { title } }) => (type === 'metric' ? [title] : []));
  const expected = dashboards
    .flatMap(panelsOf)
    .filter(({ cloudWatch = [], ownMetrics = [] }) => cloudWatch.length + ownMetrics.length > 0);
  expect(titles.slice(0, -1)).toEqual(expected.map(({ title }) => title));
});

test('the last widget finds the lag of each mapping, which KafkaMetrics reports under its UUID', () => {
  expect(JSON.stringify(widgets.at(-1)?.properties)).toContain('MetricName=\\"MaxOffsetLag\\"');
});

test.each([
  ['Errors of functions', 'AWS::Lambda::Function', 'FunctionName'],
  ['Messages waiting', 'AWS::SQS::Queue', 'QueueName'],
])('the widget %s has a line for each resource of type %s', (title, type, property) => {
  const names = allOfType(templates, type).flatMap(({ Properties }) => Properties[property] ?? []);
  const metrics = widgets.find(({ properties }) => properties.title === title)?.properties.metrics ?? [];
  expect(metrics.map((metric) => metric[3]).sort()).toEqual(names.sort());
});

test('the widget on lag has a line for each consumer group and its topic', () => {
  const metrics =
    widgets.find(({ properties }) => properties.title === 'Lag in time')?.properties.metrics ?? [];
  expect(metrics.map((metric) => [metric[5], metric[7]].join()).sort()).toHaveLength(5);
  expect(text(metrics)).toContain('weather-data');
});

test('reading CloudWatch for Prometheus costs at most 50 dollars a month, and its settings fit into 4 KB', () => {
  const environment = allOfType(templates, 'AWS::Lambda::Function').find(
    ({ Properties }) => Properties.FunctionName === 'isobar-prod-show-cloudwatch',
  )?.Properties.Environment.Variables;
  const variables = Object.entries(environment).map(([name, value]) => `${name}${text(value)}`);
  expect(variables.join('').length).toBeLessThan(4_096);
  const targets = parseTargets(text(environment.CLOUDWATCH_TARGETS));
  const series = Object.values(cloudWatchMetrics).flatMap((metric) => metric.series(targets)).length;
  const readsAMonth = (30 * 24 * 3_600) / stages.prod.alerting.cloudWatchPeriodSeconds;
  // https://aws.amazon.com/cloudwatch/pricing/: 0.01 dollars for 1,000 metrics that are asked for.
  const dollars = (series * readsAMonth * 0.01) / 1_000;
  expect(series).toBeGreaterThan(200);
  expect(dollars).toBeLessThanOrEqual(50);
});

const managed = (grafana: boolean) =>
  templatesOf({ ...stages.prod, managedPrometheus: { grafana } }, [...stackIds, 'ManagedPrometheus']);

test('no stage has a managed Prometheus or Grafana unless its configuration asks for them', () => {
  for (const config of Object.values(stages)) expect(config.managedPrometheus).toBeUndefined();
  expect(allOfType(templates, 'AWS::APS::Workspace')).toEqual([]);
  expect(allOfType(managed(false), 'AWS::Grafana::Workspace')).toEqual([]);
});

test('the managed Prometheus has the rules of its stage, and sends its alerts to the topic of the alarms', () => {
  const [rules] = allOfType(managed(true), 'AWS::APS::RuleGroupsNamespace');
  expect(rules?.Properties.Data).toBe(rulesYaml(stages.prod));
  const [workspace] = allOfType(managed(true), 'AWS::APS::Workspace');
  expect(text(workspace?.Properties.AlertManagerDefinition)).toMatch(
    /alertmanager_config: \|\n.+sns_configs:\n.+topic_arn: arn:aws:sns:us-east-1:.*:isobar-prod-alarms\n.+topic_arn: arn:aws:sns:us-east-1:.*:isobar-prod-prometheus-alerts\n/s,
  );
});

test('alerts of the managed Prometheus come to the queue of Slack, which takes them from their topic alone', () => {
  const own = managed(false);
  const [subscription, ...others] = allOfType(own, 'AWS::SNS::Subscription');
  expect(others).toEqual([]);
  expect(subscription?.Properties).toMatchObject({ Protocol: 'sqs', RawMessageDelivery: true });
  expect(textIn(own)(subscription?.Properties.Endpoint)).toMatch(/:isobar-prod-slack-notices$/);
  const sendersOf = (each: typeof own) =>
    allOfType(each, 'AWS::SQS::QueuePolicy')
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(
        ({ Principal }: { Principal: { Service?: string } }) => Principal.Service === 'sns.amazonaws.com',
      );
  const [statement, ...more] = sendersOf(own);
  expect(more).toEqual([]);
  expect(statement.Action).toBe('sqs:SendMessage');
  expect(textIn(own)(statement.Condition.ArnEquals['aws:SourceArn'])).toMatch(
    /:isobar-prod-prometheus-alerts$/,
  );
  expect(sendersOf(templates)).toEqual([]);
});

test('the collector reads each broker at the port of open monitoring, with the stage, from their own group', () => {
  const own = managed(true);
  const [scraper] = allOfType(own, 'AWS::APS::Scraper');
  const config = textIn(own)(scraper?.Properties.ScrapeConfiguration.ConfigurationBlob);
  expect(config).toContain('job_name: isobar-brokers');
  expect(config).toContain('port: 11001');
  expect(config).toMatch(/target_label: stage\s+replacement: prod/);
  const open = allOfType(own, 'AWS::EC2::SecurityGroupIngress').filter(
    ({ Properties }) => Properties.FromPort === 11_001,
  );
  expect(open).toHaveLength(1);
  expect(open[0]?.Properties.GroupId).toEqual(open[0]?.Properties.SourceSecurityGroupId);
});

test('the managed Grafana may query the workspace, and do nothing else', () => {
  const own = managed(true);
  expect(allOfType(own, 'AWS::Grafana::Workspace')).toHaveLength(1);
  const role = allOfType(own, 'AWS::IAM::Role').find(({ id }) => id.startsWith('GrafanaRole'));
  const [statement, ...others] = role?.Properties.Policies[0].PolicyDocument.Statement ?? [];
  expect(others).toEqual([]);
  expect(statement.Action).toEqual([
    'aps:QueryMetrics',
    'aps:GetLabels',
    'aps:GetSeries',
    'aps:GetMetricMetadata',
  ]);
  expect(text(statement.Resource)).toMatch(/Workspace/);
});

test('the brokers serve their metrics to any Prometheus in the network', () => {
  const [cluster] = allOfType(templates, 'AWS::MSK::Cluster');
  expect(cluster?.Properties.OpenMonitoring).toEqual({
    Prometheus: { JmxExporter: { EnabledInBroker: true }, NodeExporter: { EnabledInBroker: true } },
  });
});
