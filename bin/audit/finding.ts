export const findingKinds = [
  /** Valid records below the ledger that are neither in the lake nor accounted for. */
  'gap',
  /** Records of a batch that Lambda discarded, not redriven yet. */
  'discarded',
  /** Rows at or after the ledger that no batch in flight can have written. */
  'orphan',
  /** Two objects whose offset ranges overlap. */
  'overlap',
  /** An object whose rows are all in the merged object before it. */
  'superseded',
  /** A record that landed twice. */
  'duplicate offset',
  /** A row of a file that landed twice, from two records. */
  'duplicate row',
  /** An object that cannot be read as a landed object. */
  'unreadable',
  /** An object whose key does not match its rows. */
  'misnamed',
  /** Rows that are not in the order of their offsets. */
  'disorder',
  /** A ledger that is past the end of the topic, or behind the landed rows. */
  'ledger',
  /** An invalid record without a stored error. */
  'unreported',
] as const;

export type FindingKind = (typeof findingKinds)[number];

export interface Finding {
  readonly kind: FindingKind;
  /** With its generation, as in the ledger. */
  readonly topic: string;
  /** Null when it is unknown. */
  readonly partition: number | null;
  readonly what: string;
  readonly source?: string;
}

/** With `source`, the finding names the file of the source in `what`. */
export type Report = (kind: FindingKind, partition: number | null, what: string, source?: string) => void;

/** Findings kept of each kind. All are counted. */
const keptOfEachKind = 100;

export class Findings {
  readonly first: Omit<Finding, 'topic'>[] = [];
  readonly counts: { [K in FindingKind]?: number } = {};
  readonly #ofPartition = new Map<number | null, number>();

  readonly report: Report = (kind, partition, what, source) => {
    const count = (this.counts[kind] ?? 0) + 1;
    this.counts[kind] = count;
    this.#ofPartition.set(partition, this.of(partition) + 1);
    if (count <= keptOfEachKind)
      this.first.push({ kind, partition, what, ...(source !== undefined && { source }) });
  };

  of(partition: number | null): number {
    return this.#ofPartition.get(partition) ?? 0;
  }
}
