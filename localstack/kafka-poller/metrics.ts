import { Counter, Gauge, Registry } from 'prom-client';

/**
 * By the name in the code: the name for Prometheus, and what it counts. README.md gives AWS's name of each.
 */
const COUNTERS = {
  polledRecords: ['kafka_poller_polled_records_total', 'Records read from Kafka.'],
  filteredRecords: ['kafka_poller_filtered_records_total', 'Records that matched no filter.'],
  invokedRecords: [
    'kafka_poller_invoked_records_total',
    'Records sent to the function, counted again at each attempt.',
  ],
  failedRecords: ['kafka_poller_failed_records_total', 'Records in invokes that failed.'],
  droppedRecords: [
    'kafka_poller_dropped_records_total',
    'Records discarded without an on-failure destination, or deleted by the broker before they succeeded.',
  ],
  destinationRecords: [
    'kafka_poller_destination_records_total',
    'Discarded records that the on-failure destination accepted.',
  ],
  committedRecords: ['kafka_poller_committed_records_total', 'Records whose offsets were committed.'],
  pollingErrors: ['kafka_poller_polling_errors_total', 'Failures to connect to Kafka, or to stay connected.'],
  invokeErrors: ['kafka_poller_invoke_errors_total', 'Invokes that failed.'],
  destinationErrors: [
    'kafka_poller_destination_errors_total',
    'Attempts to send to the on-failure destination that failed.',
  ],
  commitErrors: ['kafka_poller_commit_errors_total', 'Commits of offsets that failed; each is retried.'],
} as const;
type CounterName = keyof typeof COUNTERS;

type PartitionLag = {
  topic: string;
  partition: number;
  lag: number;
  /** The end of the partition: the offset that its next record will have. */
  end: number;
  /** How long the oldest record that is not committed has waited, in seconds; 0 when none waits. */
  lagSeconds: number;
};
export type MappingMetrics = {
  /** Called at most a few times per batch, never per record. */
  add(name: CounterName, count?: number): void;
  setLags(lags: PartitionLag[]): void;
  /** For a mapping in provisioned mode. */
  setPollers(pollers: number): void;
  /** Ends what is only true of a mapping that is polled; its counters stay. */
  stop(): void;
};
export type Metrics = ReturnType<typeof createMetrics>;

type State = {
  functionArn: string;
  consumerGroup: string;
  lags: PartitionLag[];
  pollers: number | undefined;
};

export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const states = new Map<string, State>();
  const counters = new Map<string, Counter<'mapping'>>();
  for (const [name, help] of Object.values(COUNTERS)) {
    counters.set(name, new Counter({ name, help, labelNames: ['mapping'], registers }));
  }

  new Gauge({
    name: 'kafka_consumergroup_lag',
    help: 'Records between the committed offset of a partition and its end.',
    labelNames: ['consumergroup', 'topic', 'partition'],
    registers,
    // Set anew at each scrape, so that nothing is left of a mapping that has stopped.
    collect() {
      this.reset();
      for (const { consumerGroup: consumergroup, lags } of states.values()) {
        for (const { topic, partition, lag } of lags) this.set({ consumergroup, topic, partition }, lag);
      }
    },
  });
  for (const { name, help, value } of [
    {
      name: 'kafka_consumergroup_lag_seconds',
      help: 'How long the oldest record that a group has not committed has waited, at most since the poller started.',
      value: ({ lagSeconds }: PartitionLag) => lagSeconds,
    },
    {
      name: 'kafka_consumergroup_current_offset',
      help: 'Committed offset of a group on a partition.',
      value: ({ end, lag }: PartitionLag) => end - lag,
    },
  ])
    new Gauge({
      name,
      help,
      labelNames: ['consumergroup', 'topic', 'partition'],
      registers,
      collect() {
        this.reset();
        for (const { consumerGroup: consumergroup, lags } of states.values())
          for (const each of lags)
            this.set({ consumergroup, topic: each.topic, partition: each.partition }, value(each));
      },
    });
  new Gauge({
    name: 'kafka_topic_partition_current_offset',
    help: 'End of a partition: the offset that its next record will have.',
    labelNames: ['topic', 'partition'],
    registers,
    collect() {
      this.reset();
      for (const { lags } of states.values())
        for (const { topic, partition, end } of lags) this.set({ topic, partition }, end);
    },
  });
  new Gauge({
    name: 'kafka_poller_provisioned_pollers',
    help: 'Event pollers in use by a mapping in provisioned mode.',
    labelNames: ['mapping'],
    registers,
    collect() {
      this.reset();
      for (const [mapping, { pollers }] of states) if (pollers !== undefined) this.set({ mapping }, pollers);
    },
  });
  new Gauge({
    name: 'kafka_poller_mapping_info',
    help: 'The function and the consumer group of a mapping; the value is always 1.',
    labelNames: ['mapping', 'function', 'consumergroup'],
    registers,
    collect() {
      this.reset();
      for (const [mapping, { functionArn, consumerGroup: consumergroup }] of states) {
        this.set({ mapping, function: functionArn, consumergroup }, 1);
      }
    },
  });

  return {
    contentType: registry.contentType,
    render: () => registry.metrics(),

    /** The metrics of one mapping. Its counters go on when the mapping is stopped and started again. */
    mapping({
      uuid,
      functionArn,
      consumerGroup,
    }: {
      uuid: string;
      functionArn: string;
      consumerGroup: string;
    }): MappingMetrics {
      const state: State = { functionArn, consumerGroup, lags: [], pollers: undefined };
      states.set(uuid, state);
      const add = (name: CounterName, count = 1) =>
        counters.get(COUNTERS[name][0])?.inc({ mapping: uuid }, count);
      // From 0, so that Prometheus sees the first event as an increase.
      for (const name of Object.keys(COUNTERS) as CounterName[]) add(name, 0);
      return {
        add,
        setLags(lags) {
          state.lags = lags;
        },
        setPollers(pollers) {
          state.pollers = pollers;
        },
        stop() {
          states.delete(uuid);
        },
      };
    },
  };
}
