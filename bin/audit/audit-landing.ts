import { judgeBeyondLedger } from './beyond-ledger.ts';
import { compareProgress } from './compare-progress.ts';
import { type Finding, Findings } from './finding.ts';
import { explainGaps, type GapCounts, noGaps } from './gaps.ts';
import { emptyPartition, type LakeState, readLake, reportOverlaps } from './lake-state.ts';
import type { Ports, Ranges, TopicEnds } from './ports.ts';

export interface PartitionAudit extends TopicEnds, GapCounts {
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

/**
 * Compares the lake, the ledger and the topic. It may run while records flow. The ledger is read before the
 * objects: every record that it covers must be in them. It is read again after the objects: a batch committed
 * meanwhile is no orphan. Memory: about 200 bytes for each object, a bit for each row of a file, two numbers
 * for each gap.
 */
export async function auditLanding(topic: string, consumer: string, ports: Ports): Promise<Audit> {
  const { findings, ledgerBefore, lake } = await readUnchanged(topic, ports);
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
  return {
    topic,
    partitions: audited,
    counts: findings.counts,
    findings: await withFileNames(findings.first, ports),
  };
}

async function withFileNames(findings: readonly Finding[], { nameFiles }: Ports): Promise<Finding[]> {
  const nameOf = await nameFiles(findings.map(({ source }) => source));
  return findings.map(({ source, what, ...finding }) => ({
    ...finding,
    what: source === undefined ? what : what.replace(source, () => `${nameOf(source)} (${source})`),
  }));
}

/** Merging takes seconds in an hour. What is still twice or missing after that is a finding. */
const mostReads = 3;

/** Reads the lake, again if objects were merged meanwhile. */
async function readUnchanged(topic: string, ports: Ports) {
  for (let reads = 1; ; reads++) {
    const findings = new Findings();
    const ledgerBefore = await ports.ledger();
    const lake = await readLake(topic, ledgerBefore, ports, findings.report);
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
