import type { ShownFigure } from '../../lambdas/fraud/shared/own-metrics.ts';
import type { cloudWatchMetrics } from '../../lambdas/shared/metrics/cloudwatch-metrics.ts';

/** One query of a panel, in PromQL. `$stage`, `$consumer`, `$topic` and `$maturity` are variables. */
export interface PanelQuery {
  readonly expr: string;
  /** Name of each series, with labels in braces, such as `{{consumergroup}}`. */
  readonly legend: string;
}

/** Grafana's names of units. */
export type Unit =
  | 'short'
  | 'percentunit'
  | 'percent'
  | 'ms'
  | 's'
  | 'bytes'
  | 'Bps'
  | 'rps'
  | 'cps'
  | 'dateTimeAsIso';

export interface Panel {
  /** Unique within its dashboard. */
  readonly title: string;
  /** What a reader sees and why it matters, in one or two sentences. */
  readonly description: string;
  readonly unit: Unit;
  /** `bars` stand for amounts of a period or totals, `stat` for one number. */
  readonly kind?: 'line' | 'bars' | 'stat';
  /** The ends of the axis. Without `max`, the axis grows with the values. */
  readonly min?: number;
  readonly max?: number;
  readonly queries: readonly PanelQuery[];
  /** Shown in place of a chart while there is no series. */
  readonly noData?: string;
  /** The same in CloudWatch, for the dashboard there. */
  readonly cloudWatch?: readonly (keyof typeof cloudWatchMetrics)[];
  /** Metrics that the fraud functions write themselves, for the dashboard there. */
  readonly ownMetrics?: readonly ShownFigure[];
  /** The chapter of docs/runbook.md that says what to do. */
  readonly runbook?: string;
  /** Whether only AWS has the series: the panel is left out of the local dashboards. */
  readonly awsOnly?: boolean;
}

/** Panels below one title. */
interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  /** Part of its URL: it never changes. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
}

/** A choice of the reader. All values at once are the default. */
export interface Variable {
  readonly name: 'stage' | 'consumer' | 'topic' | 'maturity';
  readonly label: string;
  /** The series and the label that have its values. */
  readonly series: string;
  readonly of: string;
}

const stage: Variable = { name: 'stage', label: 'Stage', series: 'up', of: 'stage' };

/** On AWS it comes from MSK, locally from the poller. */
const lag = 'stage_group:kafka_consumergroup_lag:sum';

export const variables = {
  stage,
  consumer: {
    name: 'consumer',
    label: 'Consumer',
    series: lag,
    of: 'consumergroup',
  },
  topic: { name: 'topic', label: 'Topic', series: lag, of: 'topic' },
  maturity: {
    name: 'maturity',
    label: 'Maturity of labels',
    series: 'fraud_model_labelled_transactions',
    of: 'maturity',
  },
} as const satisfies Record<Variable['name'], Variable>;
