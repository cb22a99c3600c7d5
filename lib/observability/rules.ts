import { cyclicFeatures, driftBands, type Warning } from '../../lambdas/fraud/shared/drift-bands.ts';
import type { AlertGroup, AppConfig } from '../app-config.ts';

/** A series that Prometheus computes and keeps. */
interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  /** `page`: somebody is woken. `ticket`: it can wait until the morning. */
  readonly labels: { readonly severity: 'page' | 'ticket' };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly (RecordingRule | AlertingRule)[];
}

/** Prometheus's rules with the times and limits of a stage. `npm run dashboards` writes production's. */
export function rulesFor({ alerting }: Pick<AppConfig, 'alerting'>): RuleGroup[] {
  const { forSeconds, lagSeconds, outboxSeconds, invalidRowsShare, scoreSeconds, jobSeconds } = alerting;
  const alert =
    (group: AlertGroup, severity: 'page' | 'ticket') =>
    (name: string, runbook: string, expr: string, summary: string): AlertingRule => ({
      alert: name,
      expr,
      for: `${forSeconds[group]}s`,
      labels: { severity },
      annotations: { summary, runbook: `docs/runbook.md#${runbook}` },
    });
  const [page, ticket] = [alert('consumers', 'page'), alert('data', 'ticket')];
  const kafka = alert('kafka', 'page');
  const api = alert('api', 'page');
  const job = alert('jobs', 'ticket');
  const model = alert('model', 'ticket');

  return [
    {
      name: 'isobar-recordings',
      rules: [
        { record: 'stage_group:kafka_consumergroup_lag:sum', expr: lagOfGroups },
        { record: 'stage_group:kafka_consumergroup_lag_seconds:max', expr: timeLagOfGroups },
        { record: 'stage_partition:kafka_log_end_offset:max', expr: logEnds },
        { record: 'stage:weather_invalid_rows:ratio1h', expr: invalidRows },
        { record: 'stage_route:http_request_errors:ratio5m', expr: serverErrors },
        { record: 'stage_route:http_request_duration_seconds:p99_5m', expr: latency },
      ],
    },
    {
      name: 'isobar-consumers',
      rules: [
        page(
          'ConsumerLag',
          'consumer-lag',
          `max by (stage, consumergroup) (stage_group:kafka_consumergroup_lag_seconds:max) > ${lagSeconds}`,
          '{{ $labels.consumergroup }} is {{ $value | humanizeDuration }} behind.',
        ),
        alert('consumers', 'ticket')(
          'ConsumerLagGrows',
          'consumer-lag',
          'stage_group:kafka_consumergroup_lag:sum > 1000' +
            ' and deriv(stage_group:kafka_consumergroup_lag:sum[15m]) > 0' +
            ' and stage_group:kafka_consumergroup_lag:sum > 2 * (stage_group:kafka_consumergroup_lag:sum offset 10m)',
          '{{ $labels.consumergroup }} falls further behind: {{ $value | humanize }} records wait.',
        ),
        page(
          'ConsumerStuck',
          'consumer-stuck',
          'count by (stage, consumergroup) (kafka_consumergroup_lag > 0' +
            ' and rate(kafka_consumergroup_current_offset[5m]) == 0) > 0',
          '{{ $labels.consumergroup }} makes no progress on {{ $value }} partitions that have records.',
        ),
        page(
          'ConsumerMissing',
          'consumer-missing',
          'count by (stage, consumergroup) (ledger_next_offset)' +
            ' unless on (stage, consumergroup) stage_group:kafka_consumergroup_lag:sum' +
            // Nobody is missing where nothing tells the lag of any group.
            ' and on (stage) stage_group:kafka_consumergroup_lag:sum',
          '{{ $labels.consumergroup }} has processed records before, and nothing polls for it now.',
        ),
      ],
    },
    {
      name: 'isobar-data',
      rules: [
        ticket(
          'DeadLettersOpen',
          'open-dead-letters',
          'sum by (stage) (dead_letters_open{type=~"RETRY_EXHAUSTED|BATCH_FAILED"}) > 0',
          '{{ $value }} records could not be processed and wait for a person.',
        ),
        ticket(
          'InvalidRows',
          'error-ratio',
          `stage:weather_invalid_rows:ratio1h > ${invalidRowsShare}`,
          '{{ $value | humanizePercentage }} of the rows of the last hour were invalid or refused.',
        ),
        alert('slack', 'page')(
          'SlackOutboxOld',
          'slack-outbox',
          `max by (stage, outbox) (slack_outbox_oldest_age_seconds) > ${outboxSeconds}`,
          'Slack has not got {{ $labels.outbox }} for {{ $value | humanizeDuration }}.',
        ),
      ],
    },
    {
      name: 'isobar-api',
      rules: [
        api(
          'ApiErrors',
          'api-errors',
          'stage_route:http_request_errors:ratio5m > 0.01',
          '{{ $labels.route }} answers {{ $value | humanizePercentage }} of requests with 5xx.',
        ),
        api(
          'ApiSlow',
          'api-latency',
          `stage_route:http_request_duration_seconds:p99_5m{route="/predict"} > ${scoreSeconds}`,
          'One request to {{ $labels.route }} in a hundred takes {{ $value | humanizeDuration }} or more.',
        ),
      ],
    },
    {
      name: 'isobar-kafka',
      rules: [
        kafka(
          'BrokerDown',
          'broker-down',
          'up{job="isobar-brokers"} == 0',
          'The broker {{ $labels.instance }} does not answer.',
        ),
        kafka(
          'KafkaUnderReplicated',
          'kafka-partitions',
          `sum by (stage) (${bean('kafka_server_ReplicaManager_Value', 'UnderReplicatedPartitions')}) > 0`,
          '{{ $value }} partitions have a replica that lags or is gone.',
        ),
        kafka(
          'KafkaOffline',
          'kafka-partitions',
          `max by (stage) (${bean('kafka_controller_KafkaController_Value', 'OfflinePartitionsCount')}) > 0`,
          '{{ $value }} partitions have no leader: nobody can write to them.',
        ),
        kafka(
          'KafkaController',
          'kafka-controller',
          `sum by (stage) (${bean('kafka_controller_KafkaController_Value', 'ActiveControllerCount')}) != 1`,
          'There are {{ $value }} active controllers; there must be one.',
        ),
        kafka(
          'KafkaDisk',
          'kafka-disk',
          'max by (stage, broker_id) (aws_kafka_kafka_data_logs_disk_used_maximum) > 80',
          'The disk of broker {{ $labels.broker_id }} is {{ $value }} % full.',
        ),
      ],
    },
    {
      name: 'isobar-jobs',
      rules: [
        ...Object.entries(jobSeconds).map(([name, seconds]) =>
          job(
            `JobDead${name[0]?.toUpperCase()}${name.slice(1)}`,
            'dead-job',
            `time() - max by (stage, job_name) (scheduled_job_last_run_timestamp_seconds{job_name="${name}"}) > ${seconds}`,
            'The job {{ $labels.job_name }} last ran {{ $value | humanizeDuration }} ago.',
          ),
        ),
      ],
    },
    {
      name: 'isobar-model',
      rules: [
        model(
          'FraudDrift',
          'fraud-drift',
          `max by (stage) (fraud_model_feature_drift{feature="overall"}) > ${driftBand('overall')}`,
          'Transactions differ from the training data by {{ $value | humanizePercentage }} of all that is possible.',
        ),
        model(
          'FraudFeatureDrift',
          'fraud-drift',
          beyondBand(
            'fraud_model_feature_drift',
            `{feature!~"overall|${cyclicFeatures.join('|')}"}`,
            'feature',
          ),
          '{{ $labels.feature }} differs from the training data by {{ $value | humanizePercentage }} of all that is possible.',
        ),
        model(
          'FraudScoreDrift',
          'fraud-drift',
          `max by (stage) (fraud_model_score_drift) > ${driftBand('score')}`,
          'Scores differ from those of the training data by {{ $value | humanizePercentage }} of all that is possible.',
        ),
        model(
          'FraudFeatureMissing',
          'fraud-input',
          beyondBand('fraud_model_feature_missing_excess', '', 'missing'),
          '{{ $labels.feature }} is missing in {{ $value | humanizePercentage }} more of the transactions than in training.',
        ),
        model(
          'FraudCategoryUnseen',
          'fraud-input',
          beyondBand('fraud_model_feature_unseen_excess', '', 'unseen'),
          'Training has not seen the {{ $labels.feature }} of {{ $value | humanizePercentage }} of the transactions.',
        ),
        model(
          'FraudSegmentDrift',
          'fraud-drift',
          `max by (stage, dimension, segment) (fraud_model_segment_feature_drift{feature="overall"}) > on (stage, dimension, segment) ${driftBand('segment', segments)}`,
          'Transactions of the {{ $labels.dimension }} {{ $labels.segment }} differ from its training data by {{ $value | humanizePercentage }} of all that is possible.',
        ),
        model(
          'FraudPrecisionFell',
          'fraud-quality',
          fell('fraud_model_precision', 'true_positive|false_positive'),
          'Of the transactions that the model flags, at most {{ $value | humanizePercentage }} are frauds (labels: {{ $labels.maturity }}).',
        ),
        model(
          'FraudRecallFell',
          'fraud-quality',
          fell('fraud_model_recall', 'true_positive|false_negative'),
          'The model finds at most {{ $value | humanizePercentage }} of the frauds (labels: {{ $labels.maturity }}).',
        ),
      ],
    },
    {
      name: 'isobar-targets',
      rules: [
        alert('targets', 'page')(
          'TargetDown',
          'target-down',
          'up{job=~"isobar-(api|cloudwatch|poller)"} == 0',
          'The metrics of {{ $labels.job }} at {{ $labels.instance }} cannot be read.',
        ),
      ],
    },
  ];
}

const segments = 'max by (stage, dimension, segment) (fraud_model_segment_transactions)';

/** The end of the band of chance, for the transactions of the drift window, or of a segment. */
const driftBand = (warning: Warning, of = 'max by (stage) (fraud_model_drift_transactions)') => {
  const { noise, least } = driftBands[warning];
  return `clamp_min(${noise} / sqrt(${of}), ${least})`;
};

/** The series of a gauge with a feature that lie beyond their band. */
const beyondBand = (gauge: string, selector: string, warning: Warning) =>
  `max by (stage, feature) (${gauge}${selector}) > on (stage) group_left ${driftBand(warning)}`;

/**
 * The upper end of the interval of a share (Agresti and Coull, three standard deviations) lies below its mean
 * of a week that ended yesterday.
 * @param outcomes those of which it is the share
 */
function fell(gauge: string, outcomes: string): string {
  const share = `max by (stage, maturity) (${gauge})`;
  const n = `(9 + sum by (stage, maturity) (fraud_model_labelled_transactions{outcome=~"${outcomes}"}))`;
  const middle = `((${share} * (${n} - 9) + 4.5) / ${n})`;
  const upper = `${middle} + 3 * sqrt(${middle} * (1 - ${middle}) / ${n})`;
  return `(${upper}) < max by (stage, maturity) (avg_over_time(${gauge}[7d] offset 1d))`;
}

const asConsumerGroup = (series: string, label: string) =>
  `label_replace(${series}, "consumergroup", "$1", "${label}", "(.+)")`;

/**
 * The lag of a group as MSK's brokers tell it, beside their JMX metrics: the lag of each group comes from one
 * broker.
 * @see https://docs.aws.amazon.com/msk/latest/developerguide/consumer-lag.html
 */
const msks = (name: string) =>
  `max by (stage, consumergroup, topic) (${asConsumerGroup(bean('kafka_consumer_group_ConsumerLagMetrics_Value', name), 'groupId')})`;

// The poller tells the lag locally, and so do exporters of Kafka, with -1 for a partition without a commit.
const lagOfGroups = [
  'sum by (stage, consumergroup, topic) (kafka_consumergroup_lag >= 0)',
  msks('SumOffsetLag'),
].join(' or ');

const timeLagOfGroups = [
  'max by (stage, consumergroup, topic) (kafka_consumergroup_lag_seconds)',
  msks('EstimatedMaxTimeLag'),
  `max by (stage, consumergroup, topic) (${asConsumerGroup('aws_kafka_estimated_max_time_lag_maximum', 'consumer_group')})`,
].join(' or ');

const logEnds =
  'max by (stage, topic, partition) (kafka_topic_partition_current_offset or kafka_log_Log_Value{name="LogEndOffset"})';

const rowsOf = (outcomes: string) =>
  `sum by (stage) (increase(weather_file_rows_total{outcome=~"${outcomes}"}[1h]))`;
const invalidRows = `${rowsOf('invalid|refused')} / (${rowsOf('valid|invalid|refused')} > 0)`;

const requests = (status: string) => `sum by (stage, route) (rate(http_requests_total${status}[5m]))`;
const serverErrors = `${requests('{status=~"5.."}')} / (${requests('')} > 0)`;

const latency =
  'histogram_quantile(0.99, sum by (stage, route, le) (rate(http_request_duration_seconds_bucket[5m])))';

function bean(metric: string, name: string): string {
  return `${metric}{name="${name}"}`;
}
