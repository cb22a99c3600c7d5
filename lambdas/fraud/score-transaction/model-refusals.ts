import { embeddedMetrics } from '../../shared/aws/embedded-metric.ts';
import type { Log } from '../../shared/aws/log.ts';
import { addToMetrics } from '../../shared/metrics/metric-tables.ts';
import { counters } from '../../shared/metrics/metrics.ts';
import type { Query } from '../../shared/postgres/database.ts';
import type { CurrentModelOptions } from './current-model.ts';

/**
 * Reports a refused model: logs the reason, emits the CloudWatch metric of the alarm, and adds to
 * `fraud_model_refusals_total`.
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
  }): CurrentModelOptions['reportRefusal'] =>
  async (error) => {
    log.error('the current model was refused', { error });
    console.log(embeddedMetrics(stage, Date.now(), { ModelRefusals: 1 }));
    const refused = { name: counters.fraudModelRefusals.name, labels: {}, by: 1 };
    await addToMetrics(query, { counters: [refused], histograms: [] }).catch((uncounted) =>
      log.error('could not count a refused model', { error: uncounted }),
    );
  };
