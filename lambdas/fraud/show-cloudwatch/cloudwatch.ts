import { CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import type { Ports } from './show-cloudwatch.ts';

/** The limit of GetMetricData for one call. */
const seriesPerCall = 500;

/** The newest periods may not be complete, or there is none yet. */
const periodsLookedAt = 3;

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
export function readCloudWatch(periodSeconds: number, client = new CloudWatchClient()): Ports['read'] {
  return async (asked) => {
    const values: (number | undefined)[] = asked.map(() => undefined);
    const queries = asked.map(({ metric, dimensions }, at): Asking => {
      const Period = metric.everySeconds ?? periodSeconds;
      return {
        Id: `m${at}`,
        MetricStat: {
          Metric: {
            Namespace: metric.namespace,
            MetricName: metric.metric,
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
          },
          Period,
          Stat: metric.statistic,
        },
      };
    });
    const EndTime = new Date();
    for (const { period, MetricDataQueries } of calls(queries)) {
      const StartTime = new Date(EndTime.getTime() - periodsLookedAt * period * 1_000);
      const input = { MetricDataQueries, StartTime, EndTime, ScanBy: 'TimestampDescending' as const };
      let NextToken: string | undefined;
      do {
        const page = await client
          .send(new GetMetricDataCommand({ ...input, NextToken }))
          .catch((cause: unknown) => {
            throw new Error(`Reading ${MetricDataQueries.length} metrics from CloudWatch failed`, { cause });
          });
        for (const { Id, Values } of page.MetricDataResults ?? []) {
          const at = Number(Id?.slice(1));
          values[at] ??= Values?.[0];
        }
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
    }
    return values;
  };
}

type Asking = MetricDataQuery & { readonly MetricStat: { readonly Period: number } };

/** As few calls as possible. All queries of a call look at one span of time, so each period has its own. */
const calls = (queries: readonly Asking[]) =>
  [...Map.groupBy(queries, ({ MetricStat }) => MetricStat.Period)].flatMap(([period, same]) =>
    Array.from({ length: Math.ceil(same.length / seriesPerCall) }, (_, call) => ({
      period,
      MetricDataQueries: same.slice(call * seriesPerCall, (call + 1) * seriesPerCall),
    })),
  );
