/** The internal modules of kafkajs 2.2.4 that are patched here; kafkajs has no types for them. */
declare module 'kafkajs/src/protocol/encoder.js' {
  export default class Encoder {
    readonly buffer: Buffer;
    writeInt16(value: number): this;
    writeInt32(value: number): this;
    writeString(value: string | null): this;
    writeBytes(value: Buffer): this;
  }
}

declare module 'kafkajs/src/protocol/requests/produce/index.js' {
  import type Encoder from 'kafkajs/src/protocol/encoder.js';
  import type { BatchMessage } from '../record-batch.ts';

  export interface ProduceOptions {
    readonly acks: number;
    readonly timeout: number;
    readonly compression?: number;
    readonly transactionalId?: string | null;
    /** -1 unless the producer is idempotent. */
    readonly producerId?: unknown;
    readonly topicData: readonly {
      readonly topic: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly messages: readonly BatchMessage[];
      }[];
    }[];
  }

  interface Produce {
    readonly request: { readonly apiVersion: number; readonly encode: () => Promise<Encoder> };
    readonly response: unknown;
  }

  const requests: {
    readonly versions: readonly string[];
    protocol: (options: { version: number }) => (options: ProduceOptions) => Produce;
  };
  export default requests;
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    readonly pending: readonly unknown[];
    scheduleCheckPendingRequests(): void;
  }
}
