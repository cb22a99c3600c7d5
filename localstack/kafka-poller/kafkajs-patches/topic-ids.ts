// Asks a broker for the ids of topics, which kafkajs 2.2.4 does not know. A topic that is deleted and made
// again has another id.
import type Broker from 'kafkajs/src/broker/index.js';
import Decoder from 'kafkajs/src/protocol/decoder.js';

const METADATA = 3;
/** The first version that takes a topic's id or name. Kafka 3.1 has it. */
const VERSION = 12;
const ID_BYTES = 16;
/** Ends a structure: no tagged fields follow. */
const END = Buffer.from([0]);

/**
 * The id of each topic that the broker knows; undefined for a broker that has no ids. A topic that it does
 * not know has none in the answer.
 * @see https://kafka.apache.org/protocol#The_Messages_Metadata
 */
export async function topicIds(
  broker: Broker,
  topics: readonly string[],
): Promise<Map<string, string> | undefined> {
  if ((broker.versions?.[METADATA]?.maxVersion ?? 0) < VERSION) return undefined;
  return broker.connectionPool.send({
    request: {
      apiKey: METADATA,
      apiVersion: VERSION,
      apiName: 'Metadata',
      encode: async () => {
        const buffer = encodeRequest(topics);
        return { buf: buffer, buffer };
      },
    },
    response: { decode: async (answer) => decodeIds(answer), parse: async (ids) => ids },
  });
}

function encodeRequest(topics: readonly string[]): Buffer {
  const anyId = Buffer.alloc(ID_BYTES);
  const asked = topics.flatMap((topic) => {
    const name = Buffer.from(topic);
    return [anyId, length(name.length), name, END];
  });
  const createTopics = Buffer.from([0]);
  const withRights = Buffer.from([0]);
  // The header ends first: kafkajs writes one without tagged fields.
  return Buffer.concat([END, length(topics.length), ...asked, createTopics, withRights, END]);
}

/** The length of a compact array or string: one more, in 7 bits a byte. */
function length(count: number): Buffer {
  const bytes: number[] = [];
  let left = count + 1;
  for (; left > 127; left >>>= 7) bytes.push((left & 127) | 128);
  return Buffer.from([...bytes, left]);
}

function decodeIds(answer: Buffer): Map<string, string> {
  const decoder = new Decoder(answer);
  decoder.readTaggedFields(); // of the header
  decoder.readInt32(); // throttle time
  decoder.readUVarIntArray(() => {
    decoder.readInt32(); // node
    decoder.readUVarIntString(); // host
    decoder.readInt32(); // port
    decoder.readUVarIntString(); // rack
    decoder.readTaggedFields();
  });
  decoder.readUVarIntString(); // cluster
  decoder.readInt32(); // controller
  const ids = new Map<string, string>();
  decoder.readUVarIntArray(() => {
    const error = decoder.readInt16();
    const name = decoder.readUVarIntString();
    const id = decoder.readBytes(ID_BYTES).toString('base64url');
    decoder.readBoolean(); // internal
    decoder.readUVarIntArray(() => {
      decoder.readInt16(); // error
      for (let i = 0; i < 3; i++) decoder.readInt32(); // partition, leader, leader's epoch
      for (let i = 0; i < 3; i++) decoder.readUVarIntArray(() => decoder.readInt32()); // replicas
      decoder.readTaggedFields();
    });
    decoder.readInt32(); // rights
    decoder.readTaggedFields();
    if (error === 0 && name !== null) ids.set(name, id);
  });
  return ids;
}
