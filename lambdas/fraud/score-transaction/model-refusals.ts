import type { Log } from '../../shared/aws/log.ts';
import { addToMetrics } from '../../shared/metrics/metric-tables.ts';
import { counters } from '../../shared/metrics/metrics.ts';
import type { Query } from '../../shared/postgres/database.ts';
import type { CurrentModelOptions } from './current-model.ts';

/**
 * Tells of a model that was refused: the log why, CloudWatch that an alarm is due, and whoever reads the metrics how often.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const modelRefusals =
  ({
    query,
    log,
    stage,
  }: {
    readonly query: Query;
    readonly log: Log;
    readonly stage: string;
  }): CurrentModelOptions['refuse'] =>
  async (error) => {
    log.error('the current model was refused', { error });
    console.log(embeddedMetric(stage, Date.now()));
    const refused = { name: counters.fraudModelRefusals.name, labels: {}, by: 1 };
    await addToMetrics(query, { counters: [refused], histograms: [] }).catch((uncounted) =>
      log.error('a refused model could not be counted', { error: uncounted }),
    );
  };

const embeddedMetric = (stage: string, timestampMs: number): string =>
  JSON.stringify({
    _aws: {
      Timestamp: timestampMs,
      CloudWatchMetrics: [
        { Namespace: 'Isobar', Dimensions: [['stage']], Metrics: [{ Name: 'ModelRefusals', Unit: 'Count' }] },
      ],
    },
    stage,
    ModelRefusals: 1,
  });
