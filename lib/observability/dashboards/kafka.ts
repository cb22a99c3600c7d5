import { type Dashboard, type Panel, variables } from '../panel.ts';

const stage = 'stage=~"$stage"';
const ofTopics = `{${stage}, topic=~"$topic"}`;
/** A gauge of the brokers by its JMX name, as MSK's open monitoring exports it. */
const bean = (metric: string, name: string) => `${metric}{${stage}, name="${name}"}`;

const requestTime = (request: string): Panel['queries'][number] => ({
  expr: `max by (request) (kafka_network_RequestMetrics_99thPercentile{${stage}, name="TotalTimeMs", request="${request}"})`,
  legend: '{{request}}',
});

const poller = (counter: string) =>
  `sum by (consumergroup) (rate(${counter}{${stage}}[$__rate_interval])` +
  ` * on (stage, mapping) group_left (consumergroup) kafka_poller_mapping_info{${stage}, consumergroup=~"$consumer"})`;

/** Brokers, topics, consumer groups and their pollers. */
export const kafka: Dashboard = {
  uid: 'isobar-kafka',
  title: 'Kafka',
  description: 'Brokers, topics, consumer groups and their pollers.',
  variables: [variables.stage, variables.consumer, variables.topic],
  rows: [
    {
      title: 'Brokers',
      panels: [
        {
          title: 'Brokers that answer',
          description: 'Brokers whose metrics could be read. There are three.',
          unit: 'short',
          kind: 'stat',
          runbook: 'broker-down',
          queries: [{ expr: `sum(up{job="isobar-brokers", ${stage}})`, legend: 'brokers' }],
        },
        {
          title: 'Active controllers',
          description: 'Exactly one broker is the active controller.',
          unit: 'short',
          kind: 'stat',
          runbook: 'kafka-controller',
          queries: [
            {
              expr: `sum(${bean('kafka_controller_KafkaController_Value', 'ActiveControllerCount')})`,
              legend: 'controllers',
            },
          ],
        },
        {
          title: 'Partitions in trouble',
          description: 'Without a leader, with fewer replicas than the minimum, or with a replica that lags.',
          unit: 'short',
          runbook: 'kafka-partitions',
          queries: [
            {
              expr: `max(${bean('kafka_controller_KafkaController_Value', 'OfflinePartitionsCount')})`,
              legend: 'without a leader',
            },
            {
              expr: `sum(${bean('kafka_server_ReplicaManager_Value', 'UnderMinIsrPartitionCount')})`,
              legend: 'below the minimum of replicas',
            },
            {
              expr: `sum(${bean('kafka_server_ReplicaManager_Value', 'UnderReplicatedPartitions')})`,
              legend: 'under-replicated',
            },
          ],
        },
        {
          title: 'Bytes in and out',
          description: 'What clients send and read, over all brokers.',
          unit: 'Bps',
          queries: ['BytesInPerSec', 'BytesOutPerSec'].map((name) => ({
            expr: `sum(rate(kafka_server_BrokerTopicMetrics_Count{${stage}, name="${name}", topic=""}[$__rate_interval]))`,
            legend: name === 'BytesInPerSec' ? 'in' : 'out',
          })),
        },
        {
          title: 'Time of requests, 99th percentile',
          description: 'How long the slowest broker took for a request, waiting included.',
          unit: 'ms',
          queries: ['Produce', 'FetchConsumer', 'FetchFollower'].map(requestTime),
        },
        {
          title: 'Size of topics',
          description: 'Bytes on the disks of all brokers.',
          unit: 'bytes',
          queries: [
            {
              expr: `sum by (topic) (kafka_log_Log_Value{${stage}, name="Size", topic=~"$topic"})`,
              legend: '{{topic}}',
            },
          ],
        },
        {
          title: 'Disks of the brokers',
          description: 'A broker whose disk is full stops. Clients cannot write from then on.',
          unit: 'percent',
          min: 0,
          max: 100,
          awsOnly: true,
          runbook: 'kafka-disk',
          cloudWatch: ['brokerDisk', 'brokerCpu'],
          queries: [
            { expr: `aws_kafka_kafka_data_logs_disk_used_maximum{${stage}}`, legend: 'broker {{broker_id}}' },
          ],
        },
      ],
    },
    {
      title: 'Topics and consumers',
      panels: [
        {
          title: 'Records written',
          description: 'By topic, from the ends of its partitions.',
          unit: 'cps',
          queries: [
            {
              expr: `sum by (topic) (rate(stage_partition:kafka_log_end_offset:max${ofTopics}[$__rate_interval]))`,
              legend: '{{topic}}',
            },
          ],
        },
        {
          title: 'Records committed',
          description: 'By consumer group: how fast each works.',
          unit: 'cps',
          queries: [
            {
              expr: `sum by (consumergroup) (rate(kafka_consumergroup_current_offset{${stage}, consumergroup=~"$consumer", topic=~"$topic"}[$__rate_interval]))`,
              legend: '{{consumergroup}}',
            },
          ],
        },
        {
          title: 'Lag by partition',
          description:
            'One partition that lags alone has a record that fails, or a key with most of the records.',
          unit: 'short',
          runbook: 'consumer-lag',
          queries: [
            {
              expr: `kafka_consumergroup_lag{${stage}, consumergroup=~"$consumer", topic=~"$topic"}`,
              legend: '{{consumergroup}} {{partition}}',
            },
          ],
        },
        {
          title: 'Records given to functions',
          description: 'Each attempt counts: more than is committed means that batches fail.',
          unit: 'cps',
          queries: [{ expr: poller('kafka_poller_invoked_records_total'), legend: '{{consumergroup}}' }],
        },
        {
          title: 'Failures of the poller',
          description: 'Invocations, commits, destinations and connections that failed.',
          unit: 'cps',
          runbook: 'function-errors',
          queries: ['invoke', 'commit', 'destination', 'polling'].map((what) => ({
            expr: `sum(rate(kafka_poller_${what}_errors_total{${stage}}[$__rate_interval]))`,
            legend: what,
          })),
        },
        {
          title: 'Discarded records',
          description:
            'Records that used up their attempts and went to the on-failure destination, or were lost.',
          unit: 'cps',
          runbook: 'failed-batches',
          queries: ['destination_records', 'dropped_records'].map((what) => ({
            expr: `sum(rate(kafka_poller_${what}_total{${stage}}[$__rate_interval]))`,
            legend: what === 'dropped_records' ? 'dropped' : 'kept at the destination',
          })),
        },
      ],
    },
  ],
};
