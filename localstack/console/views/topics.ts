import { type Admin, Kafka, logLevel } from 'kafkajs';
import { partitionOf } from '../../../lambdas/shared/kafka/kafka-producer.ts';
import { sourceId } from '../../../lambdas/shared/kafka/source.ts';
import { topics } from '../../../lambdas/shared/kafka/topics.ts';
import { installCodecs } from '../../kafka-poller/compression.ts';
import type { RecordLine, Records, TopicLine, Topics } from '../contract.ts';
import { Refused } from '../server.ts';
import type { Sources } from '../sources.ts';
import { type Browse, matcherOf, rangesOf, readBrowse } from './browse.ts';
import { readRanges } from './read-ranges.ts';
import { recordLine } from './record-line.ts';

/** The topics of the platform, with the offsets that each partition holds. */
export async function openTopics({ endpoints, query }: Sources) {
  installCodecs();
  const kafka = new Kafka({
    clientId: 'isobar-console',
    brokers: [...endpoints.kafkaBrokers],
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();

  /** The files that the records come from, by the ids in their headers. */
  const filesOf = async (lines: readonly RecordLine[]): Promise<ReadonlyMap<string, string>> => {
    const sources = lines.flatMap(({ headers }) =>
      headers.flatMap(([name, value]) => (name === 'source' ? [value] : [])),
    );
    const ids = [...new Set(sources.map(sourceId))];
    if (ids.length === 0) return new Map();
    const rows = await query<{ source: string; key: string }>(
      `select source, key from ingested_files where source = any ($1) and key is not null
       union all select source, key from archive_members where source = any ($1)`,
      [ids],
    );
    return new Map(rows.map(({ source, key }) => [source, key]));
  };

  const browse = async (wanted: Browse, gone: AbortSignal): Promise<Records> => {
    const ends = await endsOf(admin, wanted.topic);
    // A record is on the partition of its key: the others need no reading.
    const only =
      wanted.partition ?? (wanted.key === '' ? undefined : partitionOf(wanted.key, topicNamed(wanted.topic)));
    const chosen = ends.filter(({ partition }) => only === undefined || partition === only);
    if (chosen.length === 0)
      throw new Refused(400, `${wanted.topic} has no partition ${only}: it has 0 to ${ends.length - 1}.`);
    const firstAt =
      wanted.from === 'time'
        ? await offsetsAt(admin, wanted.topic, wanted.timeMs)
        : new Map<number, number>();
    const ranges = rangesOf(wanted, chosen, firstAt);
    const matches = matcherOf(wanted);
    const found = ranges.map((): RecordLine[] => []);
    const kept = new Map(ranges.map(({ partition }, place) => [partition, found[place] ?? []]));
    let count = 0;
    const startedAt = performance.now();
    const { scanned, isComplete, next } = await readRanges(
      kafka,
      admin,
      wanted.topic,
      ranges,
      gone,
      (partition, message) => {
        if (!matches(message)) return true;
        const lines = kept.get(partition);
        lines?.push(recordLine(partition, message));
        // The newest are the last ones: those before them are let go.
        if (lines && lines.length > wanted.limit) lines.shift();
        count += 1;
        return wanted.from === 'newest' || count < wanted.limit;
      },
    );
    const shown = inOrder(found.flat(), wanted);
    const files = await filesOf(shown);
    return {
      records: shown.map((line) => ({ ...line, file: fileOf(line, files) })),
      scanned,
      isComplete,
      next: only === undefined ? undefined : next.get(only),
      tookMs: performance.now() - startedAt,
    };
  };

  return {
    list: async (): Promise<Topics> => ({
      topics: await Promise.all(Object.values(topics).map(({ name }) => lineOf(admin, name))),
    }),
    records: (parameters: URLSearchParams, gone: AbortSignal) => browse(readBrowse(parameters), gone),
    close: () => admin.disconnect(),
  };
}

function topicNamed(name: string) {
  const topic = Object.values(topics).find((each) => each.name === name);
  if (!topic) throw new Refused(400, `There is no topic "${name}" on this platform.`);
  return topic;
}

const endsOf = async (admin: Admin, name: string) =>
  (await admin.fetchTopicOffsets(topicNamed(name).name))
    .map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }))
    .sort((one, other) => one.partition - other.partition);

const lineOf = async (admin: Admin, name: string): Promise<TopicLine> => {
  const partitions = await endsOf(admin, name);
  return { name, partitions, records: partitions.reduce((sum, { low, high }) => sum + high - low, 0) };
};

const offsetsAt = async (admin: Admin, topic: string, timeMs: number) => {
  const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, timeMs);
  return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
};

/** Records of several partitions have an order by time only. Of the newest, the newest comes first. */
function inOrder(found: readonly RecordLine[], { from, limit }: Browse): RecordLine[] {
  const byTime = found.toSorted(
    (one, other) =>
      one.timestampMs - other.timestampMs || one.partition - other.partition || one.offset - other.offset,
  );
  return from === 'newest' ? byTime.reverse().slice(0, limit) : byTime.slice(0, limit);
}

function fileOf({ headers }: RecordLine, files: ReadonlyMap<string, string>): string | null {
  const source = headers.find(([name]) => name === 'source')?.[1];
  return source === undefined ? null : (files.get(sourceId(source)) ?? null);
}
