import { fraudModel } from './dashboards/fraud-model.ts';
import { functionsAndWorkflows } from './dashboards/functions.ts';
import { kafka } from './dashboards/kafka.ts';
import { pipeline } from './dashboards/pipeline.ts';
import { sparkAndQueries } from './dashboards/spark-and-queries.ts';
import type { Dashboard, Panel } from './panel.ts';

/** Every dashboard: the only source of Grafana's, CloudWatch's and the console's. */
export const dashboards: readonly Dashboard[] = [
  pipeline,
  kafka,
  functionsAndWorkflows,
  sparkAndQueries,
  fraudModel,
];

export const panelsOf = ({ rows }: Dashboard): readonly Panel[] => rows.flatMap(({ panels }) => panels);

/** The dashboard as the local platform can fill it: without panels and rows that only AWS has. */
export const withoutAwsOnly = (dashboard: Dashboard): Dashboard => ({
  ...dashboard,
  rows: dashboard.rows
    .map((row) => ({ ...row, panels: row.panels.filter(({ awsOnly = false }) => !awsOnly) }))
    .filter(({ panels }) => panels.length > 0),
});
