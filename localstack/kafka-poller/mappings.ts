import type { Aws } from './aws.ts';

/** One Kafka event source mapping of the Lambda API, with AWS's defaults filled in. */
export type Mapping = {
  uuid: string;
  functionArn: string;
  state: 'polled' | 'idle' | 'changing';
  /** An MSK cluster, or the brokers of a self-managed cluster. */
  source: { clusterArn: string } | { brokers: string[] };
  topics: string[];
  consumerGroup: string;
  startingPosition: 'TRIM_HORIZON' | 'LATEST' | { timestampMs: number };
  batchSize: number;
  windowMs: number;
  filters: string[];
  provisioned: { minimumPollers: number; maximumPollers: number } | undefined;
  maxRetryAttempts: number;
  maxRecordAgeMs: number;
  bisect: boolean;
  reportItemFailures: boolean;
  onFailure: string | undefined;
  access: { type: string; uri: string }[];
};

/** AWS's defaults: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
const DEFAULT_BATCH_SIZE = 100;
const DEFAULT_WINDOW_MS = 500;

export async function listMappings(aws: Aws): Promise<Mapping[]> {
  const mappings: Mapping[] = [];
  let marker: string | undefined;
  do {
    const { status, body } = await aws({
      service: 'lambda',
      method: 'GET',
      path: '/2015-03-31/event-source-mappings/',
      query: { MaxItems: '100', ...(marker && { Marker: marker }) },
    });
    if (status !== 200) throw new Error(`ListEventSourceMappings answered ${status}`);
    const page = record(JSON.parse(body.toString()));
    for (const item of list(page.EventSourceMappings)) {
      const mapping = parseMapping(record(item));
      if (mapping) mappings.push(mapping);
    }
    marker = text(page.NextMarker);
  } while (marker);
  return mappings;
}

/** Returns undefined for a mapping whose source is not Kafka. */
export function parseMapping(item: Json): Mapping | undefined {
  const source = parseSource(item);
  const [uuid, functionArn] = [text(item.UUID), text(item.FunctionArn)];
  if (!source || !uuid || !functionArn) return undefined;
  const kafka = record(
    'clusterArn' in source
      ? item.AmazonManagedKafkaEventSourceConfig
      : item.SelfManagedKafkaEventSourceConfig,
  );
  const pollers = item.ProvisionedPollerConfig ? record(item.ProvisionedPollerConfig) : undefined;
  const maxRecordAgeS = number(item.MaximumRecordAgeInSeconds) ?? -1;
  const windowS = number(item.MaximumBatchingWindowInSeconds);
  return {
    uuid,
    functionArn,
    state: stateOf(text(item.State)),
    source,
    topics: texts(item.Topics),
    consumerGroup: text(kafka.ConsumerGroupId) ?? uuid,
    startingPosition: startingPosition(item),
    batchSize: number(item.BatchSize) ?? DEFAULT_BATCH_SIZE,
    windowMs: windowS === undefined ? DEFAULT_WINDOW_MS : windowS * 1000,
    filters: list(record(item.FilterCriteria).Filters).flatMap((one) => text(record(one).Pattern) ?? []),
    provisioned: pollers && {
      minimumPollers: number(pollers.MinimumPollers) ?? 1,
      maximumPollers: number(pollers.MaximumPollers) ?? 200,
    },
    maxRetryAttempts: number(item.MaximumRetryAttempts) ?? -1,
    maxRecordAgeMs: maxRecordAgeS < 0 ? Number.POSITIVE_INFINITY : maxRecordAgeS * 1000,
    bisect: item.BisectBatchOnFunctionError === true,
    reportItemFailures: texts(item.FunctionResponseTypes).includes('ReportBatchItemFailures'),
    onFailure: text(record(record(item.DestinationConfig).OnFailure).Destination),
    access: list(item.SourceAccessConfigurations).map((one) => ({
      type: text(record(one).Type) ?? '',
      uri: text(record(one).URI) ?? '',
    })),
  };
}

function parseSource(item: Json): Mapping['source'] | undefined {
  const arn = text(item.EventSourceArn);
  if (arn?.split(':')[2] === 'kafka') return { clusterArn: arn };
  const brokers = texts(record(record(item.SelfManagedEventSource).Endpoints).KAFKA_BOOTSTRAP_SERVERS);
  return brokers.length > 0 ? { brokers } : undefined;
}

/** While the API changes a mapping (`changing`), the mapping stays as it was: polled or not. */
function stateOf(state: string | undefined): Mapping['state'] {
  if (state === 'Enabled') return 'polled';
  return state === 'Creating' || state === 'Enabling' || state === 'Updating' ? 'changing' : 'idle';
}

function startingPosition(item: Json): Mapping['startingPosition'] {
  if (item.StartingPosition === 'LATEST') return 'LATEST';
  if (item.StartingPosition !== 'AT_TIMESTAMP') return 'TRIM_HORIZON';
  const at = item.StartingPositionTimestamp;
  // Seconds since 1970 in the API's JSON; ISO 8601 in templates.
  return { timestampMs: typeof at === 'number' ? at * 1000 : Date.parse(String(at)) };
}

export type Json = { [name: string]: unknown };
const record = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
const texts = (value: unknown): string[] => list(value).flatMap((one) => text(one) ?? []);
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
