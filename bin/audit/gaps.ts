import { formatOrigin, type KafkaRecord } from '../../lambdas/shared/kafka/kafka-event.ts';
import type { Report } from './finding.ts';
import { offsets } from './lake-state.ts';
import { countOf, OffsetRuns, type Run } from './offset-runs.ts';
import type { DeadLetter, Ports, Ranges } from './ports.ts';
import type { SeenRows } from './seen-rows.ts';
import { type Reason, whyNotLanded } from './why-not-landed.ts';

/** Offsets that are not in the lake, by what is known of them. `absent`: the topic has no record there. */
export interface GapCounts {
  readonly accounted: { [reason in Exclude<Reason, 'lost'> | 'absent' | Settled]: number };
  /** The topic has forgotten them, so that nobody can tell any more what they held. */
  notVerifiable: number;
}

const remedy = 'npm run errors -- redrive --type BATCH_FAILED';

type Settled = Exclude<DeadLetter['status'], 'open'>;

/**
 * Explains the offsets below the ledger that are not in the lake, by the records themselves where the topic still holds them,
 * and by the stored errors where it does not. What cannot be explained is a finding.
 */
export async function explainGaps(
  consumer: string,
  below: Ranges,
  seenRows: SeenRows,
  ports: Ports,
  report: Report,
): Promise<ReadonlyMap<number, GapCounts>> {
  // In this order: an error that is stored by now was sent before.
  const areErrorsStored = await ports.areErrorsStored();
  const rejections = await readRejections(ports);
  const letters = await readDeadLetters(ports, below);
  const missing = withoutLetters(below, letters.places);
  const seen: OffsetsOf = new Map();
  const lost: OffsetsOf = new Map();
  const retries: KafkaRecord[] = [];
  const counts = new Map([...below.keys()].map((partition) => [partition, noGaps()]));
  const countsOf = (partition: number) => counts.get(partition) ?? noGaps();

  const settle = (record: KafkaRecord, applied: ReadonlySet<string>) => {
    const { partition, offset } = record;
    const hasLanded = (source: string, row: number) =>
      seenRows.has(source, row) || letters.rows.has(rowId(fileNameOf(source), row));
    const reason = whyNotLanded(consumer, record, { hasLanded, applied });
    if (reason === 'lost') addTo(lost, partition, offset);
    else countsOf(partition).accounted[reason]++;
    if (
      reason === 'rejected' &&
      areErrorsStored &&
      !record.headers.origin &&
      !rejections.get(partition)?.has(offset)
    )
      report('unreported', partition, `offset ${offset} is invalid, and no error says so`);
  };

  for (const { partition, status } of letters.settled) countsOf(partition).accounted[status]++;

  await ports.visitRecords(missing, (record) => {
    addTo(seen, record.partition, record.offset);
    if (record.headers.origin) retries.push(record);
    else settle(record, new Set());
  });
  const origins = retries.flatMap(({ headers: { origin } }) => (origin ? [formatOrigin(origin)] : []));
  const applied = origins.length > 0 ? await ports.appliedOrigins(origins) : new Set<string>();
  for (const record of retries) settle(record, applied);

  // What the topic dropped while it was read cannot be told from what was dropped before.
  const ends = await ports.topicEnds();
  for (const [partition, runs] of letters.open)
    for (const run of runs)
      report('discarded', partition, `${offsets(run)}: Lambda discarded their batch; ${remedy}`);
  for (const [partition, runs] of missing) {
    const begin = ends.find((each) => each.partition === partition)?.begin ?? Number.POSITIVE_INFINITY;
    const unseen = runs.flatMap((run) => (seen.get(partition) ?? new OffsetRuns()).missing(run));
    const { expired, retained } = splitAt(begin, unseen);
    const unexplained = expired.flatMap((run) =>
      (rejections.get(partition) ?? new OffsetRuns()).missing(run),
    );
    const count = countsOf(partition);
    count.accounted.absent = countOf(retained);
    count.accounted.rejected += countOf(expired) - countOf(unexplained);
    count.notVerifiable = countOf(unexplained);
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
  /** Where all of them lay. */
  readonly places: OffsetsOf;
  /** The rows that they stand for: a copy of one does not land. */
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
    if (row) rows.add(rowId(row.fileName, row.line));
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

const rowId = (fileName: string, line: number) => `${fileName}:${line}`;

/** A source is `<object key>@<ETag>`; an error names the file by its key alone. */
const fileNameOf = (source: string) => source.slice(0, source.lastIndexOf('@'));

function splitAt(begin: number, runs: readonly Run[]) {
  const clip = (from: number, to: number) =>
    runs.flatMap((run) => {
      const clipped = { from: Math.max(run.from, from), to: Math.min(run.to, to) };
      return clipped.from < clipped.to ? [clipped] : [];
    });
  return { expired: clip(0, begin), retained: clip(begin, Number.POSITIVE_INFINITY) };
}
