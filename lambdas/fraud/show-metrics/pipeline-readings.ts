import { readings } from '../../shared/metrics/metrics.ts';
import type { Query } from '../../shared/postgres/database.ts';

interface Reading {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * The state of the pipelines, read from their tables at each scrape. Every part reads an index or a table
 * that stays small, and stops counting at a limit: a scrape must stay cheap when a backlog is large.
 */
export const readPipelines = (query: Query): Promise<Reading[]> =>
  query<Reading>(`${parts.join('\nunion all\n')}\norder by 1, 2`);

const part = (metric: { readonly name: string }, labels: string, value: string, rest: string) => `
  select '${metric.name}' as name, jsonb_build_object(${labels}) as labels, (${value})::float8 as value ${rest}`;

const seconds = (time: string) => `extract(epoch from ${time})`;

const knownTypes = readings.deadLettersOpen.labels.type.map((type) => `'${type}'`).join(', ');

const deadLetters = part(
  readings.deadLettersOpen,
  "'type', type",
  'count(*)',
  `from (select case when error_type in (${knownTypes}) then error_type else 'OTHER' end as type
           from error_weather_data
          where processing_status in ('NEW', 'REDRIVING') order by id desc limit 100000) open
   group by type`,
);

/** Each with the order of its index. Errors in a digest are older than those that wait for one. */
const outboxes = [
  ['alerts', 'weather_alerts', 'slack_refusals, alert_id'],
  ['errors', 'error_weather_data', 'slack_digest, id'],
  ['messages', 'slack_messages', 'slack_refusals, id'],
] as const;

const outbox = outboxes.flatMap(([name, table, order]) => {
  const unsent = `from (select created_at from ${table}
                         where not slack_sent and slack_given_up_at is null
                         order by ${order} limit 10000) unsent`;
  const label = `'outbox', '${name}'`;
  const age = seconds('now() - min(created_at)');
  return [
    part(readings.slackOutboxRows, label, 'count(*)', unsent),
    part(readings.slackOutboxOldestAge, label, `coalesce(greatest(${age}, 0), 0)`, unsent),
  ];
});

/** Of the current generation of each topic, under its name in Kafka: brokers and groups know no other. */
const ledger = part(
  readings.ledgerNextOffset,
  "'consumergroup', consumer, 'topic', split_part(topic, '@', 1), 'partition', partition::text",
  'next_offset',
  "from applied_offsets where topic = ledger_topic(split_part(topic, '@', 1))",
);

const watermark = part(
  readings.weatherNewestEvent,
  "'partition', partition::text",
  seconds('max(newest_at)'),
  'from watched_places group by partition',
);

const publishedDay = part(
  readings.weatherPublishedDay,
  '',
  seconds('max(day)'),
  'from published_days having count(*) > 0',
);

const jobs = [
  part(readings.jobLastRun, "'job_name', 'evaluation'", seconds('looked_at'), 'from evaluation_mark'),
  part(
    readings.jobLastRun,
    "'job_name', 'drift'",
    seconds('max(observed_at)'),
    `from metric_gauges where name = 'fraud_model_drift_transactions' having count(*) > 0`,
  ),
  part(readings.jobLastRun, "'job_name', job_name", seconds('ran_at'), 'from job_runs'),
];

/** Each series of a gauge has its own time: a feature that is measured no more shows by its age. */
const observed = `
  select '${readings.gaugeObserved.name}' as name, labels || jsonb_build_object('metric', name),
         (${seconds('observed_at')})::float8
    from metric_gauges`;

const model = part(
  readings.fraudModelInfo,
  "'version', model_version",
  '1',
  'from (select model_version from predictions order by scored_at desc limit 1) newest',
);

const parts = [deadLetters, ...outbox, ledger, watermark, publishedDay, ...jobs, observed, model];
