// Replaces the encoder of plain produce requests in `kafkajs/src/protocol/requests/produce` of kafkajs 2.2.4.
// Its encoder makes a buffer of each record, each header and each number, and took more than half of a
// producer's CPU time (docs/adr/0012-record-encoder.md).
import Encoder from 'kafkajs/src/protocol/encoder.js';
import kafkajsRequests, { type ProduceOptions } from 'kafkajs/src/protocol/requests/produce/index.js';
import { encodeRecordBatch } from '../record-batch.ts';

/** The request versions that carry record batches; they differ in nothing that is encoded here. */
const batchVersions = [3, 4, 5, 6, 7];

const replaced = Symbol('encoded by isobar');

/**
 * kafkajs asks one object for the encoder of each request, so its `protocol` is replaced. Requests that ask
 * for a codec of kafkajs, idempotent and transactional requests stay with kafkajs's encoder. A kafkajs that
 * keeps this module elsewhere fails the bundling; one with other versions of the request fails here.
 */
export function encodeProduceRequests(produce = kafkajsRequests, encodeBatch = encodeRecordBatch): void {
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
        ? { ...made, request: { ...made.request, encode: async () => encodeRequest(options, encodeBatch) } }
        : made;
    };
  };
  Object.defineProperty(produce, replaced, { value: true });
}

const isPlain = ({ compression, transactionalId, producerId }: ProduceOptions) =>
  !compression && !transactionalId && Number(producerId) === -1;

/** https://kafka.apache.org/protocol.html#The_Messages_Produce */
function encodeRequest(
  { acks, timeout, topicData }: ProduceOptions,
  encodeBatch: typeof encodeRecordBatch,
): Encoder {
  const nowMs = Date.now();
  const request = new Encoder()
    .writeString(null)
    .writeInt16(acks)
    .writeInt32(timeout)
    .writeInt32(topicData.length);
  for (const { topic, partitions } of topicData) {
    request.writeString(topic).writeInt32(partitions.length);
    for (const { partition, messages } of partitions) {
      request.writeInt32(partition).writeBytes(encodeBatch(messages, nowMs));
    }
  }
  return request;
}
