/**
 * A line for the log, of which CloudWatch makes metrics of the namespace Isobar and the dimension `stage`.
 * @see
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const embeddedMetrics = (
  stage: string,
  timestampMs: number,
  counts: Readonly<Record<string, number>>,
  shares: Readonly<Record<string, number>> = {},
): string =>
  JSON.stringify({
    _aws: {
      Timestamp: timestampMs,
      CloudWatchMetrics: [
        {
          Namespace: 'Isobar',
          Dimensions: [['stage']],
          Metrics: [
            ...Object.keys(counts).map((Name) => ({ Name, Unit: 'Count' })),
            ...Object.keys(shares).map((Name) => ({ Name, Unit: 'None' })),
          ],
        },
      ],
    },
    stage,
    ...counts,
    ...shares,
  });
