/** The parts of kafkajs 2.2.4 that the poller replaces or uses; kafkajs has no types for them. */
declare module 'kafkajs/src/broker/index.js' {
  type FetchedPartition = {
    messages: object[];
    /** Absent in answers from before Kafka 0.11. */
    abortedTransactions?: { producerId: string; firstOffset: string }[] | null;
  };
  class Broker {
    nodeId: number;
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
