import type { Answer } from '../../shared/http/endpoint.ts';
import {
  type CloudWatchMetric,
  type CloudWatchTargets,
  cloudWatchMetrics,
  labelsOf,
  prometheusName,
} from '../../shared/metrics/cloudwatch-metrics.ts';
import { renderGauge } from '../show-metrics/prometheus-text.ts';

/** One series to ask for: a metric with its dimensions. */
export interface Asked {
  readonly metric: Pick<CloudWatchMetric, 'namespace' | 'metric' | 'statistic' | 'everySeconds'>;
  readonly dimensions: Readonly<Record<string, string>>;
}

export interface Ports {
  /** The value of each series in its newest period, in the order of the series; undefined without data. */
  readonly read: (asked: readonly Asked[]) => Promise<readonly (number | undefined)[]>;
  readonly now: () => number;
}

/**
 * Shows the metrics of CloudWatch in the text format of Prometheus. CloudWatch bills each series at each
 * read, so an answer is kept for a period: however often it is asked, it reads once in that time.
 */
export function showCloudWatch(targets: CloudWatchTargets, periodSeconds: number, { read, now }: Ports) {
  const families = Object.values<CloudWatchMetric>(cloudWatchMetrics).map((metric) => ({
    metric,
    series: metric.series(targets),
  }));
  const asked = families.flatMap(({ metric, series }) =>
    series.map((dimensions) => ({ metric, dimensions })),
  );
  let kept: { readonly body: Promise<string>; readonly untilMs: number } | undefined;

  const body = async (): Promise<string> => {
    const values = (await read(asked)).values();
    const texts = families.map(({ metric, series }) => {
      const name = prometheusName(metric);
      const rows = series.flatMap((dimensions) => {
        const value = shownValue(metric, values.next().value);
        return value === undefined ? [] : [{ name, labels: labelsOf(dimensions), value }];
      });
      // Untyped: a statistic of CloudWatch, such as a name that ends in `_sum`, is no type of Prometheus.
      return renderGauge({ name, help: metric.help }, rows, 'untyped').join('\n');
    });
    return `${texts.join('\n')}\n`;
  };

  return async (): Promise<Answer> => {
    if (kept === undefined || now() >= kept.untilMs) {
      kept = { body: body(), untilMs: now() + periodSeconds * 1_000 };
      // A failure is not kept: the next request reads again.
      kept.body.catch(() => {
        kept = undefined;
      });
    }
    return { status: 200, type: 'text/plain; version=0.0.4; charset=utf-8', body: await kept.body };
  };
}

/** A sum without data is 0: nothing happened in the period. Any other statistic is unknown. */
const shownValue = ({ statistic }: CloudWatchMetric, value: number | undefined): number | undefined =>
  value ?? (statistic === 'Sum' ? 0 : undefined);
