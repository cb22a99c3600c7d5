export type FindingKind =
  /** Records below the ledger that neither landed nor are accounted for. */
  | 'gap'
  /** Records of a batch that Lambda discarded, which nobody has redriven yet. */
  | 'discarded'
  /** Rows at or after the ledger that no batch in flight can have written. */
  | 'orphan'
  /** Two objects whose ranges of offsets cross. */
  | 'overlap'
  /** A record that landed twice. */
  | 'duplicate offset'
  /** A row of a file that landed twice, from two records. */
  | 'duplicate row'
  | 'unreadable'
  /** A key that does not say where its rows are from. */
  | 'misnamed'
  /** Rows that are not in the order of their offsets. */
  | 'disorder'
  /** A ledger that is past the end of the topic, or behind what landed. */
  | 'ledger'
  /** An invalid record that is not among the stored errors. */
  | 'unreported';

export interface Finding {
  readonly kind: FindingKind;
  /** Null where it cannot be told. */
  readonly partition: number | null;
  readonly what: string;
}

export type Report = (kind: FindingKind, partition: number | null, what: string) => void;

/** As many of each kind are told; all are counted. */
const toldOfEachKind = 100;

export class Findings {
  readonly told: Finding[] = [];
  readonly counts: { [K in FindingKind]?: number } = {};
  readonly #ofPartition = new Map<number | null, number>();

  readonly report: Report = (kind, partition, what) => {
    const count = (this.counts[kind] ?? 0) + 1;
    this.counts[kind] = count;
    this.#ofPartition.set(partition, this.of(partition) + 1);
    if (count <= toldOfEachKind) this.told.push({ kind, partition, what });
  };

  of(partition: number | null): number {
    return this.#ofPartition.get(partition) ?? 0;
  }
}
