/** The parts of kafkajs 2.2.4 that the poller replaces or uses; kafkajs has no types for them. */
declare module 'kafkajs/src/broker/index.js' {
  type FetchedPartition = {
    messages: object[];
    /** Absent in answers from before Kafka 0.11. */
    abortedTransactions?: { producerId: string; firstOffset: string }[] | null;
  };
  /** What kafkajs reads of its Encoder. */
  type Encoded = { buf: Buffer; buffer: Buffer };
  class Broker {
    nodeId: number;
    /** By the key of the API. */
    versions: Readonly<Record<number, { maxVersion: number }>> | null;
    connectionPool: {
      send<Answer>(exchange: {
        request: { apiKey: number; apiVersion: number; apiName: string; encode: () => Promise<Encoded> };
        response: {
          decode: (answer: Buffer) => Promise<Answer>;
          parse: (answer: Answer) => Promise<Answer>;
        };
      }): Promise<Answer>;
    };
    fetch(request: object): Promise<{ responses: { topicName: string; partitions: FetchedPartition[] }[] }>;
  }
  export = Broker;
}

declare module 'kafkajs/src/protocol/message/compression/index.js' {
  /** Null for records that are not compressed. */
  export function lookupCodecByAttributes(
    attributes: number,
  ): { decompress: (buffer: Buffer) => Promise<Buffer> } | null;
}

declare module 'kafkajs/src/protocol/decoder.js' {
  class Decoder {
    constructor(buffer: Buffer);
    readInt16(): number;
    readInt32(): number;
    readBoolean(): boolean;
    readBytes(length: number): Buffer;
    readUVarIntString(): string | null;
    readUVarIntArray(read: () => unknown): unknown[] | null;
    readTaggedFields(): object | null;
  }
  export = Decoder;
}
