import Encoder from 'kafkajs/src/protocol/encoder.js';
import kafkajsRequests, { type ProduceOptions } from 'kafkajs/src/protocol/requests/produce/index.js';
import { encodeRecordBatch } from '../record-batch.ts';

/** Those that carry record batches, all in one form. */
const batchVersions = [3, 4, 5, 6, 7];

const replaced = Symbol('encoded by isobar');

/**
 * Has kafkajs send record batches that are encoded here: its own encoder took more than half of the CPU time of a producer.
 * A request that is compressed or part of a transaction stays kafkajs's. The version of kafkajs is pinned; one that keeps its
 * requests elsewhere fails the bundling, and one that has changed them fails here.
 * @see docs/adr/0012-record-encoder.md
 */
export function encodeProduceRequests(produce = kafkajsRequests): void {
  if (Object.hasOwn(produce, replaced)) return;
  const { versions, protocol } = produce;
  if (typeof protocol !== 'function' || versions?.join() !== '0,1,2,3,4,5,6,7')
    throw new Error('kafkajs has no produce requests of versions 0 to 7 where 2.2.4 has them');

  produce.protocol = ({ version }) => {
    const create = protocol({ version });
    if (!batchVersions.includes(version)) return create;
    return (options) => {
      const made = create(options);
      return isPlain(options)
        ? { ...made, request: { ...made.request, encode: async () => encodeRequest(options) } }
        : made;
    };
  };
  Object.defineProperty(produce, replaced, { value: true });
}

const isPlain = ({ compression, transactionalId, producerId }: ProduceOptions) =>
  !compression && !transactionalId && Number(producerId) === -1;

/** https://kafka.apache.org/protocol.html#The_Messages_Produce */
function encodeRequest({ acks, timeout, topicData }: ProduceOptions): Encoder {
  const nowMs = Date.now();
  const request = new Encoder()
    .writeString(null)
    .writeInt16(acks)
    .writeInt32(timeout)
    .writeInt32(topicData.length);
  for (const { topic, partitions } of topicData) {
    request.writeString(topic).writeInt32(partitions.length);
    for (const { partition, messages } of partitions) {
      request.writeInt32(partition).writeBytes(encodeRecordBatch(messages, nowMs));
    }
  }
  return request;
}
