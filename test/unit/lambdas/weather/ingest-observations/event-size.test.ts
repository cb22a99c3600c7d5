import { expect, test } from '@jest/globals';
import { versionOf } from '../../../../../lambdas/shared/incoming/incoming-files.ts';
import type { Message } from '../../../../../lambdas/shared/kafka/kafka-producer.ts';
import { orderedSend } from '../../../../../lambdas/shared/kafka/ordered-send.ts';
import { longSource } from '../../../../../lambdas/shared/kafka/source.ts';
import { plausible } from '../../../../../lambdas/shared/wire/limits.ts';
import { observationFields } from '../../../../../lambdas/shared/wire/observation.ts';
import { ingestObservations } from '../../../../../lambdas/weather/ingest-observations/ingest-observations.ts';
import { synthesisedRows } from '../../../../../localstack/generator/rows.ts';
import { eventBody } from '../../../../../localstack/kafka-poller/batch.ts';
import { MAX_EVENT_BYTES } from '../../../../../localstack/kafka-poller/deliver.ts';
import { encode, envelopeOf } from '../../../../../localstack/kafka-poller/event.ts';
import { batchOf } from '../../../localstack/kafka-poller/segments.ts';

const file = versionOf('incoming/observations/seoul-2024-01-01T00.csv', 'd41d8cd98f00b204e9800998ecf8427e');
const records = 10_000;

/** What ingest sends for a file of synthesised rows. */
async function sentMessages(): Promise<Message[]> {
  const source = synthesisedRows({ seed: 1, startMs: Date.UTC(2024, 0, 1), rowIntervalMs: 60_000 })(0);
  const rows = Iterator.from(source as Iterable<readonly string[]>).take(records);
  const lines = [observationFields, ...rows].map((cells) => `${cells.join(',')}\n`);
  const sent: Message[] = [];
  async function* open() {
    yield Buffer.from(lines.join(''));
  }
  await ingestObservations({ ...file, readAtMs: 0, open, close() {} }, plausible, {
    startIngest: async () => true,
    startMember: async () => {},
    markIngested: async () => {},
    startSending: () =>
      orderedSend(
        { send: async ({ messages }) => void sent.push(...messages) },
        { messages: 100, bytes: 1e6 },
      ),
    now: Date.now,
  });
  return sent;
}

/** The bytes of the event that Lambda gets, with all messages from one partition. */
function eventBytes(messages: readonly Message[]): number {
  const sent = messages.map(({ key, value, headers = {} }, index) => ({
    offset: 1_000_000 + index,
    timestamp: Date.UTC(2024, 0, 1),
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from(value),
    headers: Object.entries(headers).map(([name, text]): [string, Buffer] => [
      name,
      Buffer.from(String(text)),
    ]),
  }));
  const range = { fromOffset: 1_000_000, nextOffset: 1_000_000 + sent.length };
  const segment = encode('weather-data', 0, [batchOf(sent)], range);
  const envelope = envelopeOf({ bootstrapServers: 'b:9092' }, 'weather-data', 0);
  return eventBody(envelope, [{ segment, from: 0, to: sent.length }]).length;
}

test('10,000 records of a file fit into one event, with 450 bytes each at most', async () => {
  const messages = await sentMessages();
  expect(messages).toHaveLength(records);
  expect(eventBytes(messages)).toBeLessThan(450 * records);
  const withLongSource = messages.map((message) => ({
    ...message,
    headers: { ...message.headers, source: longSource(file.key, file.eTag) },
  }));
  expect(eventBytes(withLongSource)).toBeGreaterThan(MAX_EVENT_BYTES);
});
