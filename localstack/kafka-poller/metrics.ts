/** AWS's names: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics */
const COUNTERS = {
  PolledEventCount: 'Records read from Kafka.',
  FilteredOutEventCount: 'Records that no filter let through.',
  InvokedEventCount: 'Records sent to the function, again for each attempt.',
  FailedInvokeEventCount: 'Records in invokes that failed.',
  DroppedEventCount: 'Records given up without an on-failure destination.',
  OnFailureDestinationDeliveredEventCount: 'Records given up and taken by the on-failure destination.',
  CommittedEventCount: 'Records whose offsets were committed.',
  PollingErrorCount: 'Failures to connect to Kafka, or to stay connected.',
  InvokeErrorCount: 'Invokes that failed.',
  OnFailureDestinationDeliveryErrorCount: 'Times that the on-failure destination took nothing.',
  CommitErrorCount: 'Commits that failed, and were tried again.',
};
const GAUGES = {
  OffsetLag: 'Records behind the end of the topic.',
  MaxOffsetLag: 'The largest lag of a partition of the topic.',
  SumOffsetLag: 'The lag of all partitions of the topic.',
  ProvisionedPollers: 'Event pollers in use, of a mapping in provisioned mode.',
  kafka_consumergroup_lag: 'Records between the committed offset of a partition and its end.',
};
export type CounterName = keyof typeof COUNTERS;
const counterNames = Object.keys(COUNTERS) as CounterName[];

export type PartitionLag = { topic: string; partition: number; lag: number };
export type MappingMetrics = ReturnType<ReturnType<typeof createMetrics>['mapping']>;

export function createMetrics() {
  const mappings = new Map<string, State>();

  return {
    /** The counters of one mapping; they outlive its restarts, as counters should. */
    mapping({ uuid, consumerGroup }: { uuid: string; consumerGroup: string }) {
      const state: State = mappings.get(uuid) ?? {
        consumerGroup,
        counters: new Map(),
        lags: [],
        pollers: undefined,
      };
      state.consumerGroup = consumerGroup;
      mappings.set(uuid, state);
      return {
        add(name: CounterName, count = 1) {
          state.counters.set(name, (state.counters.get(name) ?? 0) + count);
        },
        setLags(lags: PartitionLag[]) {
          state.lags = lags;
        },
        setPollers(pollers: number | undefined) {
          state.pollers = pollers;
        },
      };
    },

    render(): string {
      const families = new Map<string, string[]>();
      const emit = (name: string, labels: { [label: string]: unknown }, value: number) =>
        families.get(name)?.push(`${name}{${labelText(labels)}} ${value}`);
      for (const [type, all] of [
        ['counter', COUNTERS],
        ['gauge', GAUGES],
      ] as const) {
        for (const [name, help] of Object.entries(all)) {
          families.set(name, [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]);
        }
      }
      for (const [uuid, { consumerGroup, counters, lags, pollers }] of mappings) {
        for (const name of counterNames) emit(name, { mapping: uuid }, counters.get(name) ?? 0);
        if (pollers !== undefined) emit('ProvisionedPollers', { mapping: uuid }, pollers);
        for (const { topic, partition, lag } of lags) {
          emit('kafka_consumergroup_lag', { consumergroup: consumerGroup, topic, partition }, lag);
        }
        for (const [topic, ofTopic] of Map.groupBy(lags, (lag) => lag.topic)) {
          const all = ofTopic.map(({ lag }) => lag);
          const sum = all.reduce((a, b) => a + b, 0);
          emit('OffsetLag', { mapping: uuid, topic }, sum);
          emit('MaxOffsetLag', { mapping: uuid, topic }, Math.max(...all));
          emit('SumOffsetLag', { mapping: uuid, topic }, sum);
        }
      }
      return `${[...families.values()].flat().join('\n')}\n`;
    },
  };
}

type State = {
  consumerGroup: string;
  counters: Map<CounterName, number>;
  lags: PartitionLag[];
  pollers: number | undefined;
};

function labelText(labels: { [label: string]: unknown }): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(String(value))}`)
    .join();
}
