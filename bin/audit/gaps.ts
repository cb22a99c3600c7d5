import { rowIdentity } from '../../lambdas/shared/exactly-once/identity.ts';
import { formatOrigin, type KafkaRecord } from '../../lambdas/shared/kafka/kafka-event.ts';
import { keyInSource, sourceId } from '../../lambdas/shared/kafka/source.ts';
import type { Report } from './finding.ts';
import { offsets } from './lake-state.ts';
import { countOf, OffsetRuns, type Run } from './offset-runs.ts';
import type { DeadLetter, Ports, Ranges } from './ports.ts';
import type { SeenRows } from './seen-rows.ts';
import { type Reason, whyNotLanded } from './why-not-landed.ts';

/** The offsets missing in the lake, by reason. `absent`: the topic has no record at this offset. */
export interface GapCounts {
  readonly accounted: { [reason in Exclude<Reason, 'lost'> | 'absent' | Settled]: number };
  /** Offsets that the topic no longer retains, without a stored error: their records are unknown. */
  notVerifiable: number;
}

const remedy = 'npm run errors -- redrive --type BATCH_FAILED';

type Settled = Exclude<DeadLetter['status'], 'open'>;

/**
 * Explains the offsets below the ledger that are not in the lake: by the record if the topic retains it,
 * otherwise by the stored errors. An offset without an explanation is a finding.
 */
export async function explainGaps(
  consumer: string,
  below: Ranges,
  seenRows: SeenRows,
  ports: Ports,
  report: Report,
): Promise<ReadonlyMap<number, GapCounts>> {
  // Read first: if true, the stored errors read next include every rejection up to now.
  const areErrorsStored = await ports.areErrorsStored();
  const rejections = await readRejections(ports);
  const letters = await readDeadLetters(ports, below);
  const missing = withoutLetters(below, letters.places);
  const counts = new Map([...below.keys()].map((partition) => [partition, noGaps()]));
  for (const { partition, status } of letters.settled) countsOf(counts, partition).accounted[status]++;

  const seen: OffsetsOf = new Map();
  const lost: OffsetsOf = new Map();
  const hasLanded = (source: string, row: number) =>
    seenRows.has(source, row) ||
    [source, keyInSource(source)].some((name) => name !== undefined && letters.rows.has(rowOf(name, row)));
  await visitClassified(consumer, missing, hasLanded, ports, (record, reason) => {
    const { partition, offset, headers } = record;
    addTo(seen, partition, offset);
    if (reason === 'lost') addTo(lost, partition, offset);
    else countsOf(counts, partition).accounted[reason]++;
    const isReported = headers.origin !== undefined || rejections.get(partition)?.has(offset);
    if (reason === 'rejected' && areErrorsStored && !isReported)
      report('unreported', partition, `offset ${offset} is invalid, but no error is stored for it`);
  });

  // Read after the records: an offset that expired during the reading counts as expired.
  const ends = await ports.topicEnds();
  for (const [partition, runs] of letters.open)
    for (const run of runs)
      report(
        'discarded',
        partition,
        `${offsets(run)}: Lambda discarded their batch. To send them again: ${remedy}`,
      );
  for (const [partition, runs] of missing) {
    const unseen = runs.flatMap((run) => (seen.get(partition) ?? new OffsetRuns()).missing(run));
    const begin = ends.find((each) => each.partition === partition)?.begin ?? Number.POSITIVE_INFINITY;
    countUnseen(countsOf(counts, partition), unseen, begin, rejections.get(partition) ?? new OffsetRuns());
    for (const run of lost.get(partition) ?? [])
      report('gap', partition, `${offsets(run)}: valid, below the ledger, and not in the lake`);
  }
  return counts;
}

export const noGaps = (): GapCounts => ({
  accounted: {
    rejected: 0,
    'for another consumer': 0,
    'repeated row': 0,
    'repeated retry': 0,
    redriven: 0,
    ignored: 0,
    absent: 0,
  },
  notVerifiable: 0,
});

const countsOf = (counts: ReadonlyMap<number, GapCounts>, partition: number): GapCounts =>
  counts.get(partition) ?? noGaps();

/** Visits the retained records of these ranges, each with the reason why it is not in the lake. */
async function visitClassified(
  consumer: string,
  ranges: Ranges,
  hasLanded: (source: string, row: number) => boolean,
  { visitRecords, appliedOrigins }: Ports,
  visit: (record: KafkaRecord, reason: Reason) => void,
): Promise<void> {
  const classify = (record: KafkaRecord, applied: ReadonlySet<string>) =>
    visit(record, whyNotLanded(consumer, record, { hasLanded, applied }));
  const retries: KafkaRecord[] = [];
  await visitRecords(ranges, (record) => {
    if (record.headers.origin) retries.push(record);
    else classify(record, new Set());
  });
  const origins = retries.flatMap(({ headers: { origin } }) => (origin ? [formatOrigin(origin)] : []));
  const applied = origins.length > 0 ? await appliedOrigins(origins) : new Set<string>();
  for (const record of retries) classify(record, applied);
}

/** Counts the offsets without a retained record. `begin`: the first offset that the topic retains. */
function countUnseen(counts: GapCounts, unseen: readonly Run[], begin: number, rejections: OffsetRuns): void {
  const { expired, retained } = splitAt(begin, unseen);
  const unexplained = expired.flatMap((run) => rejections.missing(run));
  counts.accounted.absent = countOf(retained);
  counts.accounted.rejected += countOf(expired) - countOf(unexplained);
  counts.notVerifiable = countOf(unexplained);
}

type OffsetsOf = Map<number, OffsetRuns>;

const addTo = (offsetsOf: OffsetsOf, partition: number, offset: number) =>
  addRun(offsetsOf, partition, { from: offset, to: offset + 1 });

function addRun(offsetsOf: OffsetsOf, partition: number, run: Run): void {
  const ofPartition = offsetsOf.get(partition) ?? new OffsetRuns();
  offsetsOf.set(partition, ofPartition);
  ofPartition.add(run);
}

async function readRejections({ storedRejections }: Ports): Promise<OffsetsOf> {
  const rejections: OffsetsOf = new Map();
  for await (const { partition, offset } of storedRejections()) addTo(rejections, partition, offset);
  return rejections;
}

interface Letters {
  readonly open: OffsetsOf;
  readonly settled: readonly { readonly partition: number; readonly status: Settled }[];
  /** The offsets of all of them. */
  readonly places: OffsetsOf;
  /** Their rows. A later copy of such a row does not land. */
  readonly rows: ReadonlySet<string>;
}

/** The dead letters of records that are not in the lake. */
async function readDeadLetters({ deadLetters }: Ports, below: Ranges): Promise<Letters> {
  const missing: OffsetsOf = new Map();
  for (const [partition, runs] of below) for (const run of runs) addRun(missing, partition, run);
  const open: OffsetsOf = new Map();
  const places: OffsetsOf = new Map();
  const settled: { partition: number; status: Settled }[] = [];
  const rows = new Set<string>();
  for await (const { partition, offset, status, row } of deadLetters()) {
    if (!missing.get(partition)?.has(offset)) continue;
    addTo(places, partition, offset);
    if (status === 'open') addTo(open, partition, offset);
    else settled.push({ partition, status });
    if (row) for (const name of row.names) rows.add(rowOf(name, row.line));
  }
  return { open, settled, places, rows };
}

const withoutLetters = (below: Ranges, places: OffsetsOf): Ranges =>
  new Map(
    [...below].map(([partition, runs]) => {
      const letters = places.get(partition);
      return [partition, letters ? runs.flatMap((run) => letters.missing(run)) : runs];
    }),
  );

const rowOf = (name: string, line: number) => rowIdentity(sourceId(name), line);

function splitAt(begin: number, runs: readonly Run[]) {
  const clip = (from: number, to: number) =>
    runs.flatMap((run) => {
      const clipped = { from: Math.max(run.from, from), to: Math.min(run.to, to) };
      return clipped.from < clipped.to ? [clipped] : [];
    });
  return { expired: clip(0, begin), retained: clip(begin, Number.POSITIVE_INFINITY) };
}
