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
    const queries = asked.map(({ metric, dimensions }, at): MetricDataQuery => {
      return {
        Id: `m${at}`,
        MetricStat: {
          Metric: {
            Namespace: metric.namespace,
            MetricName: metric.metric,
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
          },
          Period: periodSeconds,
          Stat: metric.statistic,
        },
      };
    });
    const EndTime = new Date();
    const StartTime = new Date(EndTime.getTime() - periodsLookedAt * periodSeconds * 1_000);
    for (let from = 0; from < queries.length; from += seriesPerCall) {
      const MetricDataQueries = queries.slice(from, from + seriesPerCall);
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
