import type { KafkaEvent } from '../../../../../lambdas/shared/kafka/kafka-event.ts';
import type { Query } from '../../../../../lambdas/shared/postgres/database.ts';
import { plausible } from '../../../../../lambdas/shared/wire/limits.ts';
import { encodeObservation } from '../../../../../lambdas/shared/wire/observation.ts';
import { measures } from '../../../../../lambdas/weather/watch-weather/measures.ts';
import type { WatchRules } from '../../../../../lambdas/weather/watch-weather/watch-weather.ts';
import type { SaveSettings } from '../../../../../lambdas/weather/watch-weather/weather-tables.ts';
import { kafkaEvent } from '../../../../fixtures/kafka-events.ts';
import type {
  ReferenceOutcome,
  ReferenceReading,
  ReferenceRules,
} from '../../../../fixtures/weather-reference.ts';

/** Converts the rules of the reference into those of the production code. */
export const asConfigured = (rules: ReferenceRules): { rules: WatchRules; settings: SaveSettings } => ({
  rules: {
    limits: plausible,
    thresholds: rules,
    watermark: {
      windowMs: rules.windowSeconds * 1000,
      delayMs: rules.delaySeconds * 1000,
      jumpMs: rules.jumpHours * 3_600_000,
    },
    anomalies: {
      alpha: rules.alpha,
      threshold: rules.thresholdDeviations,
      warmUpReadings: rules.warmUpReadings,
    },
  },
  settings: { ...rules, keepDays: 90 },
});

/** An event of readings, or of texts that are not readings, with offsets from `from` on. */
export function eventOf(
  partition: number,
  from: number,
  messages: readonly (ReferenceReading | string)[],
): KafkaEvent {
  const records = messages.map((message, index) => ({
    offset: from + index,
    timestampMs: typeof message === 'string' ? 0 : message.receivedAtMs,
    value: typeof message === 'string' ? message : encodeObservation({ ...message, retry: 0 }),
  }));
  return kafkaEvent('weather-data', { [partition]: records });
}

/** Reads the tables, in the form of the reference. */
export async function readOutcome(query: Query): Promise<ReferenceOutcome> {
  const windows = await query(
    `select *, (extract(epoch from window_start) * 1000)::float8 as start_ms from weather_windows
      order by location collate "C", window_start`,
  );
  const alerts = await query(
    `select *, (extract(epoch from event_time) * 1000)::float8 as event_ms from weather_alerts
      order by location collate "C", alert_type collate "C", alert_id`,
  );
  const counters = await query(
    `select labels->>'partition' as partition, name, value from metric_counters where labels ? 'partition'`,
  );
  const counterOf = (partition: string, name: string) =>
    Number(
      counters.find((row) => row.partition === partition && row.name === `weather_${name}_total`)?.value,
    );

  return {
    windows: windows.map((row) => ({
      location: row.location,
      windowStartMs: row.start_ms,
      count: Number(row.count),
      lateCount: Number(row.late_count),
      anomalyCount: Number(row.anomaly_count),
      ...(Object.fromEntries(
        measures.map(({ field, column }) => [
          field,
          {
            missing: Number(row[`${column}_missing`]),
            mean: row[`${column}_mean`],
            m2: row[`${column}_m2`],
            min: row[`${column}_min`],
            max: row[`${column}_max`],
          },
        ]),
      ) as Pick<ReferenceOutcome['windows'][number], (typeof measures)[number]['field']>),
    })),
    alerts: alerts.map((row) => ({
      location: row.location,
      type: row.alert_type,
      eventTimeMs: row.event_ms,
      value: row.value,
    })),
    counts: new Map(
      [...new Set(counters.map(({ partition }) => partition as string))].sort().map((partition) => [
        Number(partition),
        {
          observations: counterOf(partition, 'observations'),
          late: counterOf(partition, 'late_observations'),
          future: counterOf(partition, 'future_observations'),
          anomalies: counterOf(partition, 'anomalies'),
        },
      ]),
    ),
  };
}
