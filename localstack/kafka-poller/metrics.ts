/** AWS's names: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics */
export type CounterName =
  | 'PolledEventCount'
  | 'FilteredOutEventCount'
  | 'InvokedEventCount'
  | 'FailedInvokeEventCount'
  | 'DroppedEventCount'
  | 'OnFailureDestinationDeliveredEventCount'
  | 'CommittedEventCount'
  | 'PollingErrorCount'
  | 'InvokeErrorCount'
  | 'OnFailureDestinationDeliveryErrorCount'
  | 'CommitErrorCount';

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
      const emit = (name: string, type: string, labels: { [label: string]: unknown }, value: number) => {
        const lines = families.get(name) ?? [`# TYPE ${name} ${type}`];
        lines.push(`${name}{${labelText(labels)}} ${value}`);
        families.set(name, lines);
      };
      for (const [uuid, { consumerGroup, counters, lags, pollers }] of mappings) {
        for (const [name, value] of counters) emit(name, 'counter', { mapping: uuid }, value);
        if (pollers !== undefined) emit('ProvisionedPollers', 'gauge', { mapping: uuid }, pollers);
        for (const { topic, partition, lag } of lags) {
          emit('kafka_consumergroup_lag', 'gauge', { consumergroup: consumerGroup, topic, partition }, lag);
        }
        for (const [topic, ofTopic] of Map.groupBy(lags, (lag) => lag.topic)) {
          const all = ofTopic.map(({ lag }) => lag);
          const sum = all.reduce((a, b) => a + b, 0);
          emit('OffsetLag', 'gauge', { mapping: uuid, topic }, sum);
          emit('MaxOffsetLag', 'gauge', { mapping: uuid, topic }, Math.max(...all));
          emit('SumOffsetLag', 'gauge', { mapping: uuid, topic }, sum);
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
