import { readGeneration } from '../../lambdas/shared/kafka/topic-generations.ts';
import { judgeBeyondLedger } from './beyond-ledger.ts';
import { compareProgress } from './compare-progress.ts';
import { type Finding, Findings, findingKinds } from './finding.ts';
import { explainGaps, type GapCounts, noGaps } from './gaps.ts';
import { emptyPartition, type LakeState, readLake, reportOverlaps } from './lake-state.ts';
import type { Ports, Ranges, TopicEnds } from './ports.ts';
import type { SeenRows } from './seen-rows.ts';

export interface PartitionAudit extends TopicEnds, GapCounts {
  /** The generation of the topic. */
  readonly generation: number;
  /** The next offset that landing will process. */
  readonly ledger: number;
  readonly objects: number;
  readonly rows: number;
  /** Rows at or after the ledger, of a batch that is not committed yet. */
  readonly inFlight: number;
  readonly findings: number;
}

export interface Audit {
  readonly topic: string;
  readonly partitions: readonly PartitionAudit[];
  /** The number of findings of each kind. */
  readonly counts: Findings['counts'];
  /** The first findings of each kind. */
  readonly findings: readonly Finding[];
}

/** A generation of the topic, by its name in the ledger, and what there is of it. */
interface Generation {
  readonly name: string;
  readonly ports: Ports;
}

/** Audits all generations of a topic, the oldest first. */
export async function auditLanding(
  topic: string,
  consumer: string,
  generations: readonly Generation[],
): Promise<Audit> {
  const partitions: PartitionAudit[] = [];
  const findings: Finding[] = [];
  const counts: Audit['counts'] = {};
  let seenRows: SeenRows | undefined;
  for (const generation of generations) {
    const audited = await auditGeneration(generation, consumer, seenRows);
    seenRows = audited.seenRows;
    partitions.push(...audited.partitions);
    findings.push(...audited.findings);
    for (const kind of findingKinds)
      if (audited.counts[kind] !== undefined) counts[kind] = (counts[kind] ?? 0) + audited.counts[kind];
  }
  return { topic, partitions, counts, findings };
}

/**
 * Compares the lake, the ledger and the topic. It may run while records flow. The ledger is read before the
 * objects: every record that it covers must be in them. It is read again after the objects: a batch committed
 * meanwhile is no orphan. Memory: about 200 bytes for each object, a bit for each row of a file, two numbers
 * for each gap.
 */
async function auditGeneration({ name, ports }: Generation, consumer: string, earlier: SeenRows | undefined) {
  const { findings, ledgerBefore, lake } = await readUnchanged(name, earlier, ports);
  const { report } = findings;
  const ledger = await ports.ledger();
  const ends = await ports.topicEnds();
  const endsOf = new Map(ends.map((each) => [each.partition, each]));
  const partitions = [...new Set([...endsOf.keys(), ...ledger.keys(), ...lake.partitions.keys()])];

  for (const partition of partitions) {
    const next = ledger.get(partition) ?? 0;
    const end = endsOf.get(partition)?.end ?? 0;
    if (next > end) report('ledger', partition, `the ledger is at ${next}, but the topic ends at ${end}`);
    reportOverlaps(partition, landedOf(lake, partition), report);
  }
  const missing = missingBelow(ledgerBefore, partitions, lake);
  const gaps = await explainGaps(consumer, missing, lake.seenRows, ports, report);
  const inFlight = await judgeBeyondLedger(consumer, lake, { ledger, ends }, ports, report);
  await compareProgress(lake, ports, report);

  const audited = partitions
    .sort((a, b) => a - b)
    .map((partition) => ({
      generation: readGeneration(name).generation,
      partition,
      begin: endsOf.get(partition)?.begin ?? 0,
      end: endsOf.get(partition)?.end ?? 0,
      ledger: ledger.get(partition) ?? 0,
      objects: landedOf(lake, partition).objects.length,
      rows: landedOf(lake, partition).rows,
      ...(gaps.get(partition) ?? noGaps()),
      inFlight: inFlight.get(partition) ?? 0,
      findings: findings.of(partition),
    }));
  const named = await withFileNames(findings.first, ports);
  return {
    partitions: audited,
    counts: findings.counts,
    findings: named.map((finding) => ({ ...finding, topic: name })),
    seenRows: lake.seenRows,
  };
}

async function withFileNames(findings: Findings['first'], { nameFiles }: Ports) {
  const nameOf = await nameFiles(findings.map(({ source }) => source));
  return findings.map(({ source, what, ...finding }) => ({
    ...finding,
    what: source === undefined ? what : what.replace(source, () => `${nameOf(source)} (${source})`),
  }));
}

/** Merging takes seconds in an hour. What is still twice or missing after that is a finding. */
const mostReads = 3;

/** Reads the lake, again if objects were merged meanwhile. */
async function readUnchanged(name: string, earlier: SeenRows | undefined, ports: Ports) {
  for (let reads = 1; ; reads++) {
    const findings = new Findings();
    const ledgerBefore = await ports.ledger();
    const lake = await readLake(name, earlier, ledgerBefore, ports, findings.report);
    if (!lake.hasChanged || reads === mostReads) return { findings, ledgerBefore, lake };
  }
}

const landedOf = (lake: LakeState, partition: number) => lake.partitions.get(partition) ?? emptyPartition();

/** The offsets below the ledger that are not in the lake. */
const missingBelow = (
  ledger: ReadonlyMap<number, number>,
  partitions: readonly number[],
  lake: LakeState,
): Ranges =>
  new Map(
    partitions.map((partition) => {
      const covered = { from: 0, to: ledger.get(partition) ?? 0 };
      return [partition, landedOf(lake, partition).runs.missing(covered)];
    }),
  );
