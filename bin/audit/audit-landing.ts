import { judgeBeyondLedger } from './beyond-ledger.ts';
import { compareProgress } from './compare-progress.ts';
import { type Finding, Findings } from './finding.ts';
import { explainGaps, type GapCounts, noGaps } from './gaps.ts';
import { emptyPartition, readLake, reportOverlaps } from './lake-state.ts';
import type { Ports, TopicEnds } from './ports.ts';

export interface PartitionAudit extends TopicEnds, GapCounts {
  /** The next offset that landing will take. */
  readonly ledger: number;
  readonly objects: number;
  readonly rows: number;
  /** Rows of a batch whose ledger has not advanced yet. */
  readonly inFlight: number;
  readonly findings: number;
}

export interface Audit {
  readonly topic: string;
  readonly partitions: readonly PartitionAudit[];
  /** How many there are of each kind. */
  readonly counts: Findings['counts'];
  /** The first of each kind. */
  readonly findings: readonly Finding[];
}

/**
 * Holds the lake, the ledger and the topic against each other. It may run while records flow: the ledger is read before the
 * objects, so that what it covers must be there, and again after them, so that a batch that ended meanwhile is no orphan.
 * Memory: some 200 bytes an object, a bit a row of a file, two numbers a gap.
 */
export async function auditLanding(topic: string, consumer: string, ports: Ports): Promise<Audit> {
  const findings = new Findings();
  const { report } = findings;
  const ledgerBefore = await ports.ledger();
  const lake = await readLake(topic, ledgerBefore, ports, report);
  const ledger = await ports.ledger();
  const ends = await ports.topicEnds();
  const endsOf = new Map(ends.map((each) => [each.partition, each]));
  const partitions = [...new Set([...endsOf.keys(), ...ledger.keys(), ...lake.partitions.keys()])];
  const landedOf = (partition: number) => lake.partitions.get(partition) ?? emptyPartition();

  for (const partition of partitions) {
    const next = ledger.get(partition) ?? 0;
    const end = endsOf.get(partition)?.end ?? 0;
    if (next > end) report('ledger', partition, `the ledger is at ${next}, past the topic's end at ${end}`);
    reportOverlaps(partition, landedOf(partition), report);
  }
  const missing = new Map(
    partitions.map((partition) => {
      const covered = { from: 0, to: ledgerBefore.get(partition) ?? 0 };
      return [partition, landedOf(partition).runs.missing(covered)];
    }),
  );
  const gaps = await explainGaps(consumer, missing, lake.seenRows, ports, report);
  const inFlight = await judgeBeyondLedger(consumer, lake, { ledger, ends }, ports, report);
  await compareProgress(lake, ports, report);

  return {
    topic,
    partitions: partitions
      .sort((a, b) => a - b)
      .map((partition) => ({
        partition,
        begin: endsOf.get(partition)?.begin ?? 0,
        end: endsOf.get(partition)?.end ?? 0,
        ledger: ledger.get(partition) ?? 0,
        objects: landedOf(partition).objects.length,
        rows: landedOf(partition).rows,
        ...(gaps.get(partition) ?? noGaps()),
        inFlight: inFlight.get(partition) ?? 0,
        findings: findings.of(partition),
      })),
    counts: findings.counts,
    findings: findings.told,
  };
}
