import { type Dashboard, variables } from '../panel.ts';

const perSecond = (metric: string, by: string) =>
  `sum by (${by}) (rate(${metric}{stage=~"$stage"}[$__rate_interval]))`;
const total = (metric: string, more = '') => `sum(${metric}{stage=~"$stage"${more}})`;
const ofConsumers = '{stage=~"$stage", consumergroup=~"$consumer", topic=~"$topic"}';

/** The way of a row from a file to the lake, and whatever stops it. */
export const pipeline: Dashboard = {
  uid: 'isobar-pipeline',
  title: 'Pipeline',
  description: 'The way of a row from a file to the lake: rates, lag, errors, retries, Slack.',
  variables: [variables.stage, variables.consumer, variables.topic],
  rows: [
    {
      title: 'From file to lake',
      panels: [
        {
          title: 'Rows read from files',
          description: 'By what became of them: sent to Kafka, invalid, refused with their file, or skipped.',
          unit: 'cps',
          queries: [{ expr: perSecond('weather_file_rows_total', 'outcome'), legend: '{{outcome}}' }],
        },
        {
          title: 'Rows that have come so far',
          description:
            'Totals of each stage of the way. In rest, all that was sent has landed and was watched.',
          unit: 'short',
          queries: [
            { expr: total('weather_file_rows_total', ', outcome="valid"'), legend: 'sent from files' },
            { expr: total('weather_landed_rows_total'), legend: 'landed' },
            { expr: total('weather_observations_total'), legend: 'watched' },
          ],
        },
        {
          title: 'Rows landed',
          description: 'Observations that land-observations wrote to the lake.',
          unit: 'cps',
          queries: [
            {
              expr: 'sum(rate(weather_landed_rows_total{stage=~"$stage"}[$__rate_interval]))',
              legend: 'rows',
            },
          ],
        },
        {
          title: 'Bytes landed',
          description: 'Size of the Parquet objects.',
          unit: 'Bps',
          queries: [
            {
              expr: 'sum(rate(weather_landed_bytes_total{stage=~"$stage"}[$__rate_interval]))',
              legend: 'bytes',
            },
          ],
        },
        {
          title: 'Rows in one object',
          description: 'Small objects make queries slow: a longer landing window makes larger ones.',
          unit: 'short',
          queries: [
            {
              expr: `${total('weather_landed_rows_total')} / ${total('weather_landed_objects_total')}`,
              legend: 'mean so far',
            },
          ],
        },
        {
          title: 'Files',
          description: 'Files whose rows are all on Kafka, refused ones included.',
          unit: 'short',
          kind: 'bars',
          queries: [{ expr: total('weather_files_total'), legend: 'files so far' }],
        },
      ],
    },
    {
      title: 'Lag',
      panels: [
        {
          title: 'Lag in time',
          description:
            'How long the oldest record that a consumer has not committed has waited; on AWS, as MSK estimates it.',
          unit: 's',
          runbook: 'consumer-lag',
          cloudWatch: ['groupTimeLag'],
          queries: [
            {
              expr: `max by (consumergroup) (stage_group:kafka_consumergroup_lag_seconds:max${ofConsumers})`,
              legend: '{{consumergroup}}',
            },
          ],
        },
        {
          title: 'Lag in records',
          description: 'Records that a consumer has not committed.',
          unit: 'short',
          runbook: 'consumer-lag',
          queries: [
            {
              expr: `sum by (consumergroup) (stage_group:kafka_consumergroup_lag:sum${ofConsumers})`,
              legend: '{{consumergroup}}',
            },
          ],
        },
        {
          title: 'Ledger behind the log',
          description:
            'Records that have not had their effect, by the ledger in Postgres. It is never behind commits.',
          unit: 'short',
          runbook: 'consumer-lag',
          queries: [
            {
              expr:
                // The end of the log is read at another moment than the ledger, which may be past it.
                'sum by (consumergroup) (clamp_min(stage_partition:kafka_log_end_offset:max{stage=~"$stage", topic=~"$topic"}' +
                ` - on (stage, topic, partition) group_right () ledger_next_offset${ofConsumers}, 0))`,
              legend: '{{consumergroup}}',
            },
          ],
        },
        {
          title: 'Watermark delay',
          description: 'How far the newest event time of a partition is behind now. Old files keep it high.',
          unit: 's',
          queries: [
            {
              expr: 'time() - max by (partition) (weather_newest_event_timestamp_seconds{stage=~"$stage"})',
              legend: 'partition {{partition}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Errors, retries and alerts',
      panels: [
        {
          title: 'Errors stored',
          description: 'Rows and messages that could not be processed, by type, in an hour.',
          unit: 'short',
          kind: 'bars',
          runbook: 'error-ratio',
          queries: [
            {
              expr: 'sum by (type) (increase(errors_stored_total{stage=~"$stage"}[1h]))',
              legend: '{{type}}',
            },
          ],
        },
        {
          title: 'Share of invalid rows',
          description: 'Rows of files that were invalid or refused, of all rows read in an hour.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          runbook: 'error-ratio',
          queries: [{ expr: 'stage:weather_invalid_rows:ratio1h{stage=~"$stage"}', legend: '{{stage}}' }],
        },
        {
          title: 'Dead letters open',
          description:
            'Stored errors that wait for a person: npm run errors lists, corrects and redrives them.',
          unit: 'short',
          runbook: 'open-dead-letters',
          noData: 'no open dead letters',
          queries: [
            { expr: 'sum by (type) (dead_letters_open{stage=~"$stage"})', legend: '{{type}}' },
            { expr: 'sum(dead_letters_open{stage=~"$stage"}) or vector(0)', legend: 'all' },
          ],
        },
        {
          title: 'Retries by attempt',
          description: 'Records that wait for another attempt. Most should succeed at the first.',
          unit: 'short',
          kind: 'bars',
          queries: [
            {
              expr: 'sum by (attempt) (increase(weather_retries_total{stage=~"$stage"}[1h]))',
              legend: 'attempt {{attempt}}',
            },
          ],
        },
        {
          title: 'Alerts raised',
          description: 'Weather alerts outside of their cooldown, by type, in an hour.',
          unit: 'short',
          kind: 'bars',
          queries: [
            {
              expr: 'sum by (type) (increase(weather_alerts_total{stage=~"$stage"}[1h]))',
              legend: '{{type}}',
            },
          ],
        },
        {
          title: 'Late, future and unusual observations',
          description: 'Observations that came after their window, are dated ahead, or deviate strongly.',
          unit: 'cps',
          queries: [
            ...['late_observations', 'future_observations', 'anomalies'].map((name) => ({
              expr: `sum(rate(weather_${name}_total{stage=~"$stage"}[$__rate_interval]))`,
              legend: name.replace('_', ' '),
            })),
          ],
        },
      ],
    },
    {
      title: 'Slack and jobs',
      panels: [
        {
          title: 'Waiting for Slack',
          description: 'Rows of each outbox that Slack has not got.',
          unit: 'short',
          runbook: 'slack-outbox',
          queries: [{ expr: 'sum by (outbox) (slack_outbox_rows{stage=~"$stage"})', legend: '{{outbox}}' }],
        },
        {
          title: 'Oldest row that waits for Slack',
          description: 'Minutes are normal in a storm. More means that Slack or notify-slack fails.',
          unit: 's',
          runbook: 'slack-outbox',
          queries: [
            {
              expr: 'max by (outbox) (slack_outbox_oldest_age_seconds{stage=~"$stage"})',
              legend: '{{outbox}}',
            },
          ],
        },
        {
          title: 'Jobs: time since the last run',
          description:
            'The sensor runs all the time, drift every few minutes, the evaluation each hour, the daily start each night.',
          unit: 's',
          runbook: 'dead-job',
          noData: 'no job has run yet',
          queries: [
            {
              expr: 'time() - max by (job_name) (scheduled_job_last_run_timestamp_seconds{stage=~"$stage"})',
              legend: '{{job_name}}',
            },
          ],
        },
        {
          title: 'Runs of workflows',
          description: 'Runs of the last day that came to their report, by outcome.',
          unit: 'short',
          kind: 'bars',
          runbook: 'workflow-failures',
          queries: [
            {
              expr: 'sum by (workflow, outcome) (increase(workflow_runs_total{stage=~"$stage"}[1d]))',
              legend: '{{workflow}} {{outcome}}',
            },
          ],
        },
        {
          title: 'Time of a run',
          description: 'From the start of a workflow to its report: the mean of the last day.',
          unit: 's',
          noData: 'no workflow has ended',
          queries: [
            {
              expr:
                'sum by (workflow) (increase(workflow_run_duration_seconds_sum{stage=~"$stage"}[1d]))' +
                ' / sum by (workflow) (increase(workflow_run_duration_seconds_count{stage=~"$stage"}[1d]))',
              legend: '{{workflow}}',
            },
          ],
        },
        {
          title: 'Newest published day',
          description: 'How long ago the newest day began whose summary readers see.',
          unit: 's',
          kind: 'stat',
          noData: 'no day is published yet',
          queries: [
            {
              expr: 'time() - max(weather_newest_published_day_timestamp_seconds{stage=~"$stage"})',
              legend: 'age',
            },
          ],
        },
      ],
    },
  ],
};
