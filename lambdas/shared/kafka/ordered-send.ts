import type { KafkaProducer, Message } from './kafka-producer.ts';

export interface OrderedSend {
  /** Queues a message. Await the promise, if one is returned: so a slow broker slows down the reader. */
  add(topic: string, partition: number, message: Message): Promise<void> | undefined;
  /** Returns when every message is acknowledged. */
  finish(): Promise<void>;
}

interface Lane {
  readonly topic: string;
  readonly partition: number;
  messages: Message[];
  bytes: number;
  /** Settles when the last chunk is acknowledged. */
  sending: Promise<void>;
}

/** The most bytes that Kafka adds to a record's key, value and headers. */
const overheadBytes = 64;

/**
 * Sends to many partitions at once, and to each partition in order: a chunk is sent only after the chunk
 * before it is acknowledged. This makes (source, row) a sequence number. At most one chunk per partition is
 * in flight, and one more is being filled.
 */
export function orderedSend(
  { send }: Pick<KafkaProducer, 'send'>,
  limits: { messages: number; bytes: number },
): OrderedSend {
  const lanes = new Map<string, Map<number, Lane>>();

  const laneOf = (topic: string, partition: number): Lane => {
    const ofTopic = lanes.get(topic) ?? new Map<number, Lane>();
    lanes.set(topic, ofTopic);
    const lane = ofTopic.get(partition) ?? {
      topic,
      partition,
      messages: [],
      bytes: 0,
      sending: Promise.resolve(),
    };
    ofTopic.set(partition, lane);
    return lane;
  };

  /** Queues the lane's chunk behind the chunk in flight, and returns when the latter is acknowledged. */
  const flush = (lane: Lane): Promise<void> => {
    const { topic, partition, messages, sending: previous } = lane;
    lane.sending = previous.then(() => send({ topic, partition, messages }));
    // The next caller that waits gets the failure; until then Node must not report it as unhandled.
    lane.sending.catch(() => {});
    lane.messages = [];
    lane.bytes = 0;
    return previous;
  };

  return {
    add(topic, partition, message) {
      const lane = laneOf(topic, partition);
      lane.messages.push(message);
      lane.bytes += sizeOf(message);
      return lane.messages.length >= limits.messages || lane.bytes >= limits.bytes ? flush(lane) : undefined;
    },
    async finish() {
      const all = [...lanes.values()].flatMap((ofTopic) => [...ofTopic.values()]);
      for (const lane of all) if (lane.messages.length > 0) flush(lane);
      await Promise.all(all.map((lane) => lane.sending));
    },
  };
}

function sizeOf({ key, value, headers }: Message): number {
  let bytes = overheadBytes + Buffer.byteLength(value) + (key === null ? 0 : Buffer.byteLength(key));
  for (const name in headers) bytes += name.length + Buffer.byteLength(headers[name] ?? '');
  return bytes;
}
