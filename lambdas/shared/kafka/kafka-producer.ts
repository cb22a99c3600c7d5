import type { Kafka, Producer } from 'kafkajs';
import type { EnvReader } from '../aws/env.ts';
import { fetchSecret } from '../aws/secrets.ts';
import { presorted } from './kafkajs-patches/presorted-messages.ts';
import type { Topic } from './topics.ts';

export interface Message {
  readonly key: string | null;
  readonly value: string;
  readonly headers: Record<string, string>;
}

export interface KafkaProducer {
  /** Sends to one partition and returns when every in-sync replica has the messages. */
  send(batch: { topic: string; partition: number; messages: readonly Message[] }): Promise<void>;
  /** Connects now; without it the first send does. */
  connect(): Promise<void>;
  close(): Promise<void>;
}

export interface KafkaOptions {
  readonly brokers: string[];
  readonly auth: 'none' | 'iam' | 'scram';
  /** The AWS region that signs, for `iam`. */
  readonly region?: string | undefined;
  /** The secret with `username` and `password`, for `scram`. */
  readonly secretArn?: string | undefined;
}

export function kafkaSettings(env: EnvReader): KafkaOptions {
  const auth = env.oneOf('KAFKA_AUTH', ['none', 'iam', 'scram']);
  return {
    brokers: env.list('KAFKA_BROKERS'),
    auth,
    region: env.optionalText('AWS_REGION'),
    ...(auth === 'scram' ? { secretArn: env.text('KAFKA_SECRET_ARN') } : {}),
  };
}

/** A client that retries for about 20 s, so that another replica can take over from a dead broker. */
export async function openKafka({ brokers, auth, region, secretArn }: KafkaOptions): Promise<Kafka> {
  const [{ Kafka, logLevel }, { restWhenIdle }] = await Promise.all([
    import('kafkajs'),
    import('./kafkajs-patches/request-queue.ts'),
  ]);
  restWhenIdle();
  return new Kafka({
    clientId: 'isobar',
    brokers,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5_000,
    requestTimeout: 20_000,
    retry: { initialRetryTime: 200, retries: 8, maxRetryTime: 5_000 },
    ...(auth === 'iam' ? await iamAuthentication(region) : {}),
    ...(auth === 'scram' ? await scramAuthentication(secretArn) : {}),
  });
}

/**
 * A producer that connects at its first send, and sends to one partition at a time. A kafkajs send over
 * several partitions loses acknowledged messages when a leader dies. Its idempotent mode does not recover
 * from that.
 */
export function connectProducer(options: KafkaOptions): KafkaProducer {
  let connected: Promise<Producer> | undefined;

  const connect = async () => {
    const [kafka, { encodeProduceRequests }] = await Promise.all([
      openKafka(options),
      import('./kafkajs-patches/produce-request.ts'),
    ]);
    encodeProduceRequests();
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    return producer;
  };

  const connection = () => {
    connected ??= connect().catch((error) => {
      connected = undefined;
      throw error;
    });
    return connected;
  };

  return {
    async send({ topic, partition, messages }) {
      const producer = await connection();
      try {
        await producer.send({ topic, acks: -1, messages: presorted(partition, messages) });
      } catch (cause) {
        const what = `Sending ${messages.length} messages to ${topic}, partition ${partition}`;
        throw new Error(`${what}, failed`, { cause });
      }
    },
    async connect() {
      await connection();
    },
    async close() {
      await (await connected?.catch(() => undefined))?.disconnect();
      connected = undefined;
    },
  };
}

/** The signer is loaded only for `iam`: it brings the credential providers of the AWS SDK. */
async function iamAuthentication(region = '') {
  const { generateAuthToken } = await import('aws-msk-iam-sasl-signer-js');
  const oauthBearerProvider = async () => {
    const { token } = await generateAuthToken({ region });
    return { value: token };
  };
  return { ssl: true, sasl: { mechanism: 'oauthbearer', oauthBearerProvider } } as const;
}

/** @throws Error that names the secret, and what is missing in it */
async function scramAuthentication(secretArn = '') {
  const secret: unknown = JSON.parse(await fetchSecret(secretArn));
  const { username, password } = Object(secret);
  if (typeof username !== 'string' || typeof password !== 'string')
    throw new Error(`The secret ${secretArn} has no "username" or no "password"`);
  return { ssl: true, sasl: { mechanism: 'scram-sha-512', username, password } } as const;
}

/** The partition of a key. Java's default partitioner chooses the same, so all producers agree. */
export function partitionOf(key: string, { partitions }: Pick<Topic, 'partitions'>): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
}

/**
 * https://github.com/apache/kafka/blob/4.0/clients/src/main/java/org/apache/kafka/common/utils/Utils.java,
 * `murmur2`
 */
function murmur2(data: Buffer): number {
  const m = 0x5bd1e995;
  const tail = data.length & ~3;
  let h = 0x9747b28c ^ data.length;
  for (let i = 0; i < tail; i += 4) {
    let k = Math.imul(data.readInt32LE(i), m);
    k = Math.imul(k ^ (k >>> 24), m);
    h = Math.imul(h, m) ^ k;
  }
  for (let i = data.length - 1; i >= tail; i--) h ^= data.readUInt8(i) << (8 * (i - tail));
  if (data.length > tail) h = Math.imul(h, m);
  h = Math.imul(h ^ (h >>> 13), m);
  return h ^ (h >>> 15);
}
