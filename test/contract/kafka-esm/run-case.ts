import { setTimeout as wait } from 'node:timers/promises';
import type { Case, Delivery } from './cases.ts';
import { type Cluster, eventually } from './cluster.ts';
import { type Answer, type KafkaEvent, type LambdaApi, recordsOf, textOf } from './lambda-api.ts';

export type Outcome = Pick<Case, 'invokes' | 'commits'> & {
  destinations: Delivery[];
  firstRecord: object | undefined;
};
export type RunningCase = {
  topic: string;
  uuid: string;
  /**
   * Resolves when the commits are as expected, or at the deadline; `outcome` judges what has happened by
   * then.
   */
  settled: (joined: (uuid: string) => boolean) => Promise<void>;
  outcome: () => Promise<Outcome>;
};

const LONGEST_SHOWN = 20;
/** Ten retries take most of a minute, because the backoff grows, and longer on a busy machine. */
const LONGEST_MS = 300_000;

/**
 * Produces the records of a case and creates its mapping. Every name is derived from the case's own topic.
 */
export async function stageCase(one: Case, cluster: Cluster, api: LambdaApi): Promise<RunningCase> {
  const topic = await cluster.createTopic(one.records.length, { config: { 'max.message.bytes': '8000000' } });
  const named = <T>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll('$topic', topic));
  for (const [partition, records] of one.records.entries()) {
    if (records.length > 0) await cluster.produce(topic, partition, records);
  }
  if (one.committedBefore !== undefined) {
    const partitions = [{ partition: 0, offset: String(one.committedBefore) }];
    await cluster.admin.setOffsets({ groupId: `${topic}-group`, topic, partitions });
  }
  const dead = one.destination === 'kafka' ? await cluster.createTopic(1) : `${topic}-dead`;
  const functionArn = `arn:aws:lambda:us-east-1:000000000000:function:${topic}`;
  api.behave(functionArn, (event, earlier) => answerOf(one, named, event, earlier.length));
  const { UUID, ...mapping } = api.put({
    FunctionArn: functionArn,
    Topics: [topic],
    SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: cluster.brokers } },
    ...(one.destination && {
      DestinationConfig: { OnFailure: { Destination: destinationOf(one.destination, dead) } },
    }),
    ...named(one.mapping ?? {}),
  });
  const config = mapping.SelfManagedKafkaEventSourceConfig;
  const group =
    typeof config === 'object' && config && 'ConsumerGroupId' in config
      ? String(config.ConsumerGroupId)
      : UUID;
  const committed = async () => {
    const offsets = await cluster.committed(group, topic);
    return one.records.map((_, partition) => offsets[partition] ?? -1);
  };

  return {
    topic,
    uuid: UUID,

    async settled(joined) {
      const end = performance.now() + LONGEST_MS;
      let later = one.later ?? [];
      while (performance.now() < end) {
        if (later.length > 0 && joined(UUID)) {
          for (const value of later) await cluster.produce(topic, 0, [value]);
          later = [];
        }
        if (later.length === 0 && String(await committed()) === String(one.commits)) return;
        await wait(400);
      }
    },
    async outcome() {
      const calls = api.callsOf(functionArn);
      const values = calls.map(({ event }) => recordsOf(event));
      const ordered = values.toSorted((a, b) => (a[0]?.partition ?? 0) - (b[0]?.partition ?? 0));
      const { timestamp: _, ...firstRecord } = values[0]?.[0] ?? {};
      return {
        invokes: withoutRepeats(ordered.map(shown), one.invokes),
        commits: await committed(),
        destinations:
          one.destination === 'kafka'
            ? (await readTopic(cluster, dead)).map(deliveryOf)
            : destinationBodies(api, dead).map(deliveryOf),
        firstRecord: one.firstRecord && JSON.parse(JSON.stringify(firstRecord).replaceAll(topic, '$topic')),
      };
    },
  };
}

/** The answers of the destinations of all cases. Each refuses as many times as its case says. */
export function refuseFirst(api: LambdaApi, refusals: (topic: string) => number): void {
  const seen = new Map<string, number>();
  api.answerOthers(({ method, path }) => {
    const [, bucket] = path.match(/^\/(.+)-dead\/aws\/lambda\//) ?? [];
    if (method !== 'PUT' || !bucket) return { status: 200, body: '{}' };
    seen.set(bucket, (seen.get(bucket) ?? 0) + 1);
    return { status: (seen.get(bucket) ?? 0) <= refusals(bucket) ? 503 : 200 };
  });
}

async function answerOf(
  { answers = [], failsOn }: Case,
  named: <T>(value: T) => T,
  event: KafkaEvent,
  earlier: number,
): Promise<Answer> {
  const answer = answers[earlier];
  if (answer) return named(answer);
  const poisoned = failsOn !== undefined && recordsOf(event).some((record) => textOf(record) === failsOn);
  return poisoned ? { functionError: 'Unhandled' } : {};
}

const shown = (records: ReturnType<typeof recordsOf>): string =>
  records
    .map(textOf)
    .map((value) => (value.length > LONGEST_SHOWN ? `<${value.length} B>` : value))
    .join(' ');

/** `poison*` in the expected invokes stands for any number of `poison`. */
function withoutRepeats(seen: string[], expected: string[]): string[] {
  const endless = expected.filter((one) => one.endsWith('*')).map((one) => one.slice(0, -1));
  return seen.flatMap((one, i) => {
    if (!endless.includes(one)) return one;
    return seen[i - 1] === one ? [] : `${one}*`;
  });
}

function destinationOf(kind: NonNullable<Case['destination']>, name: string): string {
  switch (kind) {
    case 'kafka':
      return `kafka://${name}`;
    case 's3':
      return `arn:aws:s3:::${name}`;
    default:
      return `arn:aws:${kind}:us-east-1:000000000000:${name}`;
  }
}

/** The messages that S3, SQS or SNS accepted under this name. */
function destinationBodies(api: LambdaApi, name: string): string[] {
  return api.otherCalls
    .filter(({ status, path }) => status === 200 && !path.startsWith('/_isobar'))
    .flatMap(({ path, headers, body }) => {
      if (path.startsWith(`/${name}/`)) return body;
      if (path !== '/' || !body.includes(name)) return [];
      if (headers['x-amz-target'] === 'AmazonSQS.SendMessage') return JSON.parse(body).MessageBody;
      return new URLSearchParams(body).get('Message') ?? [];
    });
}

async function readTopic(cluster: Cluster, topic: string): Promise<string[]> {
  // kafkajs may not know the topic while other calls refresh the metadata of the same client.
  const ends = await eventually(
    () => cluster.admin.fetchTopicOffsets(topic).catch(() => undefined),
    (found) => found !== undefined,
  );
  const count = Number(ends?.[0]?.high ?? 0);
  const values: string[] = [];
  if (count === 0) return values;
  const consumer = cluster.kafka.consumer({ groupId: cluster.newName('reader') });
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message }: { message: { value: Buffer | null } }) => {
      values.push(String(message.value));
      if (values.length === count) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return values;
}

function deliveryOf(body: string): Delivery {
  const { requestContext, KafkaBatchInfo, payload } = JSON.parse(body);
  const event: KafkaEvent | undefined = typeof payload === 'string' ? JSON.parse(payload) : payload;
  return {
    condition: requestContext.condition,
    invokes: requestContext.approximateInvokeCount,
    records: KafkaBatchInfo.batchSize,
    ...(event && { values: shown(recordsOf(event)) }),
  };
}
