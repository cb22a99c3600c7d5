/** A Kafka topic as it is created, on MSK and on the local brokers alike. */
export interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly minInSyncReplicas: number;
  readonly retentionMs: number;
}

const dayMs = 24 * 60 * 60 * 1000;

const durable = { replicationFactor: 3, minInSyncReplicas: 2 } as const;

/**
 * Every topic of the platform. Topics are declared here only. The key of `weather-data` and `retry-data` is
 * the location, the key of `transactions` is the account.
 */
export const topics = {
  weatherData: { name: 'weather-data', partitions: 10, ...durable, retentionMs: 7 * dayMs },
  retryData: { name: 'retry-data', partitions: 3, ...durable, retentionMs: 7 * dayMs },
  errorData: { name: 'error-data', partitions: 1, ...durable, retentionMs: 30 * dayMs },
  transactions: { name: 'transactions', partitions: 10, ...durable, retentionMs: 7 * dayMs },
} as const satisfies Record<string, Topic>;
