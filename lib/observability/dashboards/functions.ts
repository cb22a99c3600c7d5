import { cloudWatchMetrics, prometheusName } from '../../../lambdas/shared/metrics/cloudwatch-metrics.ts';
import { type Dashboard, type PanelQuery, variables } from '../panel.ts';

const stage = 'stage=~"$stage"';
const byFunction = (key: keyof typeof cloudWatchMetrics): PanelQuery => ({
  expr: `${prometheusName(cloudWatchMetrics[key])}{${stage}}`,
  legend: '{{function_name}}',
});
const byMachine = (key: keyof typeof cloudWatchMetrics, what: string): PanelQuery => ({
  expr: `sum by (state_machine) (${prometheusName(cloudWatchMetrics[key])}{${stage}})`,
  legend: `{{state_machine}} ${what}`.trim(),
});
const latency = (quantile: number): PanelQuery => ({
  expr: `histogram_quantile(${quantile}, sum by (le) (rate(http_request_duration_seconds_bucket{${stage}, route="/predict"}[$__rate_interval])))`,
  legend: `p${quantile * 100}`,
});

/** Functions, queues, workflows, the API and the database. */
export const functionsAndWorkflows: Dashboard = {
  uid: 'isobar-functions',
  title: 'Functions and workflows',
  description: 'Functions, queues, workflows, the API and the database.',
  variables: [variables.stage],
  rows: [
    {
      title: 'Functions',
      panels: [
        {
          title: 'Invocations',
          description: 'In the period of CloudWatch.',
          unit: 'short',
          cloudWatch: ['lambdaInvocations'],
          queries: [byFunction('lambdaInvocations')],
        },
        {
          title: 'Errors of functions',
          description:
            'Invocations that failed. Functions that report single messages of a queue do not show here.',
          unit: 'short',
          kind: 'bars',
          runbook: 'function-errors',
          cloudWatch: ['lambdaErrors'],
          queries: [byFunction('lambdaErrors')],
        },
        {
          title: 'Longest invocation',
          description: 'In milliseconds. Near its timeout, a function is about to fail.',
          unit: 'ms',
          runbook: 'near-timeout',
          cloudWatch: ['lambdaDuration'],
          queries: [byFunction('lambdaDuration')],
        },
        {
          title: 'Throttles and concurrency',
          description: 'Throttled invocations, and how many ran at one time.',
          unit: 'short',
          runbook: 'throttles',
          cloudWatch: ['lambdaThrottles', 'lambdaConcurrency'],
          queries: [
            byFunction('lambdaConcurrency'),
            { ...byFunction('lambdaThrottles'), legend: '{{function_name}} throttled' },
          ],
        },
      ],
    },
    {
      title: 'Queues',
      panels: [
        {
          title: 'Messages waiting',
          description: 'Queues whose names end in -dead hold messages that nothing will deliver again.',
          unit: 'short',
          runbook: 'dead-letters',
          cloudWatch: ['queueVisible'],
          queries: [
            { expr: `${prometheusName(cloudWatchMetrics.queueVisible)}{${stage}}`, legend: '{{queue_name}}' },
          ],
        },
        {
          title: 'Oldest message',
          description: 'How long the oldest message of a queue has waited.',
          unit: 's',
          runbook: 'queue-age',
          cloudWatch: ['queueAge'],
          queries: [
            { expr: `${prometheusName(cloudWatchMetrics.queueAge)}{${stage}}`, legend: '{{queue_name}}' },
          ],
        },
      ],
    },
    {
      title: 'Workflows',
      panels: [
        {
          title: 'Executions',
          description: 'By outcome, in the period of CloudWatch.',
          unit: 'short',
          kind: 'bars',
          runbook: 'workflow-failures',
          cloudWatch: ['workflowsStarted', 'workflowsSucceeded', 'workflowsFailed', 'workflowsTimedOut'],
          queries: [
            byMachine('workflowsStarted', 'started'),
            byMachine('workflowsSucceeded', 'succeeded'),
            byMachine('workflowsFailed', 'failed'),
            byMachine('workflowsTimedOut', 'timed out'),
          ],
        },
        {
          title: 'Longest execution',
          description: 'Of the executions that ended in the period.',
          unit: 'ms',
          cloudWatch: ['workflowTime'],
          queries: [byMachine('workflowTime', '')],
        },
      ],
    },
    {
      title: 'API',
      panels: [
        {
          title: 'Requests by status',
          description: 'Without those of monitors.',
          unit: 'rps',
          runbook: 'api-errors',
          cloudWatch: ['apiRequests', 'apiClientErrors', 'apiServerErrors'],
          queries: [
            {
              expr: `sum by (route, status) (rate(http_requests_total{${stage}}[$__rate_interval]))`,
              legend: '{{route}} {{status}}',
            },
          ],
        },
        {
          title: 'Time to score a transaction',
          description: 'Within the function. The targets are 60 ms for the median and 200 ms for p99.',
          unit: 's',
          runbook: 'api-latency',
          cloudWatch: ['apiLatency'],
          queries: [0.5, 0.99].map(latency),
        },
        {
          title: 'Requests of monitors',
          description: 'Scrapes of /metrics and checks of /healthz, by status.',
          unit: 'rps',
          queries: [
            {
              expr: `sum by (route, status) (rate(http_scrapes_total{${stage}}[$__rate_interval]))`,
              legend: '{{route}} {{status}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Database',
      panels: [
        {
          title: 'Database',
          description: 'CPU of the instance, in percent, and its connections.',
          unit: 'short',
          awsOnly: true,
          runbook: 'database',
          cloudWatch: ['databaseCpu', 'databaseConnections'],
          queries: [
            { expr: `${prometheusName(cloudWatchMetrics.databaseCpu)}{${stage}}`, legend: 'CPU %' },
            {
              expr: `${prometheusName(cloudWatchMetrics.databaseConnections)}{${stage}}`,
              legend: 'connections',
            },
          ],
        },
        {
          title: 'Free storage of the database',
          description: 'RDS grows the storage up to its limit; after that the database stops.',
          unit: 'bytes',
          awsOnly: true,
          runbook: 'database',
          cloudWatch: ['databaseStorage'],
          queries: [
            { expr: `${prometheusName(cloudWatchMetrics.databaseStorage)}{${stage}}`, legend: 'free' },
          ],
        },
      ],
    },
  ],
};
