import { Duration } from 'aws-cdk-lib';
import {
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  Metric,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import {
  type CloudWatchMetric,
  type CloudWatchTargets,
  cloudWatchMetrics,
} from '../../lambdas/shared/metrics/cloudwatch-metrics.ts';
import { dashboards, panelsOf } from './dashboards.ts';
import type { Panel } from './panel.ts';

/** CloudWatch's grid has 24 columns. */
const columns = 24;
const widgetWidth = 8;

/** The panels that CloudWatch can draw, as one dashboard: a part for each of ours, in the same order. */
export function addCloudWatchDashboard(
  scope: Construct,
  id: string,
  {
    name,
    stage,
    targets,
  }: { readonly name: string; readonly stage: string; readonly targets: CloudWatchTargets },
): CloudWatchDashboard {
  const created = new CloudWatchDashboard(scope, id, { dashboardName: name });
  for (const dashboard of dashboards) {
    const panels = panelsOf(dashboard).filter(
      ({ cloudWatch = [], ownMetrics = [] }) => cloudWatch.length + ownMetrics.length > 0,
    );
    if (panels.length === 0) continue;
    created.addWidgets(
      new TextWidget({
        markdown: `# ${dashboard.title}\n${dashboard.description}`,
        width: columns,
        height: 2,
      }),
    );
    created.addWidgets(...panels.map((panel) => widgetOf(panel, targets, stage)));
  }
  created.addWidgets(mappingLag);
  return created;
}

/**
 * Found by a search: the mappings are in stacks that are deployed after the dashboard, and their UUIDs are
 * not known before. It shows those of other stages in the account too.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
 */
const mappingLag = new GraphWidget({
  title: 'Records behind, slowest partition of each mapping in the account',
  width: widgetWidth,
  left: [
    new MathExpression({
      expression: `SEARCH('Namespace="AWS/Lambda" MetricName="MaxOffsetLag"', 'Maximum', 60)`,
      usingMetrics: {},
      period: Duration.minutes(1),
      label: '',
    }),
  ],
  leftYAxis: { showUnits: false, min: 0 },
});

function widgetOf(panel: Panel, targets: CloudWatchTargets, stage: string): GraphWidget {
  const keys = panel.cloudWatch ?? [];
  const limits = {
    ...(panel.min === undefined ? {} : { min: panel.min }),
    ...(panel.max === undefined ? {} : { max: panel.max }),
  };
  return new GraphWidget({
    title: panel.title,
    width: widgetWidth,
    left: [
      ...keys.flatMap((key) => seriesOf(key, targets, keys.length > 1)),
      ...(panel.ownMetrics ?? []).map((name) => ownSeries(name, stage)),
    ],
    leftYAxis: { showUnits: false, ...limits },
  });
}

/** From the embedded metric format: it has a value as often as its function measures. */
const ownSeries = (metricName: string, stage: string): IMetric =>
  new Metric({
    namespace: 'Isobar',
    metricName,
    statistic: 'Average',
    dimensionsMap: { stage },
    period: Duration.hours(1),
    label: metricName,
  });

function seriesOf(
  key: keyof typeof cloudWatchMetrics,
  targets: CloudWatchTargets,
  named: boolean,
): IMetric[] {
  const {
    namespace,
    metric,
    statistic,
    series,
    everySeconds = 300,
  }: CloudWatchMetric = cloudWatchMetrics[key];
  return series(targets).map((dimensionsMap) => {
    const own = Object.values(dimensionsMap).map(shortName).join(' ');
    return new Metric({
      namespace,
      metricName: metric,
      statistic,
      dimensionsMap,
      period: Duration.seconds(everySeconds),
      label: named ? `${own} ${metric}` : own,
    });
  });
}

/** The end of an ARN, without the prefix of project and stage. */
const shortName = (value: string): string =>
  value.slice(value.lastIndexOf(':') + 1).replace(/^isobar-[a-z]+-/, '');
