// Replaces the module `kafkajs/src/protocol/recordBatch/v0/decoder` of kafkajs 2.2.4. Its decoder makes an
// object of every record and a string of each number in it. The poller needs bytes alone, and so takes a
// third of the CPU time (docs/adr/0005-record-batches.md).
import { lookupCodecByAttributes } from 'kafkajs/src/protocol/message/compression/index.js';
import { endOfBatch, type RecordBatch, readBatch } from '../record-batch.ts';

type FetchDecoder = { buffer: Buffer; offset: number };

/** Takes the next batch from a fetch response, and returns it where kafkajs expects records. */
export async function decodeFetched(decoder: FetchDecoder): Promise<{ records: RecordBatch[] }> {
  const { buffer, offset: start } = decoder;
  const end = endOfBatch(buffer, start);
  // A response may end in the middle of a batch. By this name kafkajs knows that a later fetch brings the
  // batch.
  if (end > buffer.length) {
    throw Object.assign(new Error('the rest of a batch'), { name: 'KafkaJSPartialMessageError' });
  }
  decoder.offset = end;
  return { records: [await readBatch(buffer.subarray(start, end), lookupCodecByAttributes)] };
}
