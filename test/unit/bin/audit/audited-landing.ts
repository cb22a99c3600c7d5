// A landing in memory: a partition with three objects, which a test changes before its audit.
import { auditLanding } from '../../../../bin/audit/audit-landing.ts';
import type { LandedRows } from '../../../../bin/audit/landed-object.ts';
import type { DeadLetter, Ports } from '../../../../bin/audit/ports.ts';
import type { KafkaRecord } from '../../../../lambdas/shared/kafka/kafka-event.ts';
import { objectKey } from '../../../../lambdas/weather/land-observations/object-key.ts';
import { kafkaRecordWith } from '../../../fixtures/kafka-events.ts';

export const topic = 'weather-data';
const timestampMs = Date.UTC(2024, 4, 5, 12);
const valid = {
  Location: 'Seoul',
  Date_Time: '2024-01-01 00:00:01',
  Temperature_C: 12.3,
  Humidity_pct: 55,
  Precipitation_mm: 0,
  Wind_Speed_kmh: 10.1,
};

export const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, place) => from + place);
export const keyOf = (offset: number, partition = 0) =>
  objectKey({ topic: 'weather-data', partition, offset, timestampMs });

/** Row n of the file lies at offset n. */
export const landed = (offsets: readonly number[], changes: Partial<LandedRows> = {}): LandedRows => ({
  topics: offsets.map(() => topic),
  partitions: offsets.map(() => 0),
  offsets,
  sources: offsets.map(() => 'a.csv@1'),
  rows: [...offsets],
  firstTimestampMs: timestampMs,
  ...changes,
});

export const record = (offset: number, changes: Partial<KafkaRecord> = {}): KafkaRecord =>
  kafkaRecordWith({
    topic,
    offset,
    timestampMs,
    text: '{}',
    value: valid,
    headers: { source: 'a.csv@1', row: offset },
    ...changes,
  });

export interface World {
  ledger: number;
  /** The ledger when it is read again. */
  ledgerAfter?: number;
  begin: number;
  end: number;
  objects: Map<string, LandedRows | Error>;
  records: KafkaRecord[];
  rejections: number[];
  deadLetters: Omit<DeadLetter, 'partition'>[];
  areErrorsStored: boolean;
  lastRow: number;
  origins: string[];
  /** Called before each read of an object. */
  beforeRead?: (key: string) => void;
}

/** A partition with offsets 0 to 29, all landed in three objects. */
export function clean(): World {
  const starts = [0, 10, 20];
  return {
    ledger: 30,
    begin: 0,
    end: 30,
    objects: new Map(starts.map((start) => [keyOf(start), landed(range(start, start + 10))])),
    records: range(0, 30).map((offset) => record(offset)),
    rejections: [],
    deadLetters: [],
    areErrorsStored: true,
    lastRow: 29,
    origins: [],
  };
}

export function portsOf(world: World): Ports {
  const ledgers = [world.ledger, world.ledgerAfter ?? world.ledger];
  return {
    ledger: async () => new Map([[0, ledgers.shift() ?? world.ledger]]),
    topicEnds: async () => [{ partition: 0, begin: world.begin, end: world.end }],
    keys: async function* () {
      yield* world.objects.keys();
    },
    read: async (key) => {
      world.beforeRead?.(key);
      const object = world.objects.get(key);
      if (object instanceof Error) throw object;
      return object;
    },
    visitRecords: async (ranges, visit) => {
      for (const { from, to } of ranges.get(0) ?? [])
        for (const each of world.records)
          if (each.offset >= Math.max(from, world.begin) && each.offset < to) visit(each);
    },
    storedRejections: async function* () {
      for (const offset of world.rejections) yield { partition: 0, offset };
    },
    deadLetters: async function* () {
      for (const letter of world.deadLetters) yield { partition: 0, ...letter };
    },
    areErrorsStored: async () => world.areErrorsStored,
    progress: async function* () {
      yield { partition: 0, source: 'a.csv@1', lastRow: world.lastRow };
    },
    nameFiles: async () => (source) => `the file of ${source}`,
    appliedOrigins: async (origins) => new Set(origins.filter((origin) => world.origins.includes(origin))),
  };
}

export async function auditOf(change: (world: World) => void) {
  const world = clean();
  change(world);
  const audit = await auditLanding(topic, 'land-observations', [{ name: topic, ports: portsOf(world) }]);
  const [partition] = audit.partitions;
  if (!partition) throw new Error('The partition was not audited');
  return {
    ...partition,
    kinds: audit.findings.map(({ kind }) => kind),
    texts: audit.findings.map(({ what }) => what),
  };
}

/** Rows at these offsets of the first object are not in the lake. */
export const without = (world: World, ...offsets: number[]) =>
  world.objects.set(keyOf(0), landed(range(0, 10).filter((offset) => !offsets.includes(offset))));

export const change = (world: World, offset: number, changes: Partial<KafkaRecord>) => {
  world.records[offset] = record(offset, changes);
};
