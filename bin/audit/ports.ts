import type { NameFiles } from '../../lambdas/shared/incoming/ingested-files-table.ts';
import type { KafkaRecord } from '../../lambdas/shared/kafka/kafka-event.ts';
import type { LandedRows } from './landed-object.ts';
import type { Run } from './offset-runs.ts';

/** The data that the audit reads. It writes nothing. */
export interface Ports {
  /** The ledger of landing: its next offset by partition. */
  readonly ledger: () => Promise<ReadonlyMap<number, number>>;
  readonly topicEnds: () => Promise<readonly TopicEnds[]>;
  /** The keys of all landed objects. */
  readonly keys: () => AsyncIterable<string>;
  /** Undefined when the object no longer exists. @throws Unreadable when it is not a landed object */
  readonly read: (key: string) => Promise<LandedRows | undefined>;
  /** Visits the committed records in these ranges that the topic retains. */
  readonly visitRecords: (ranges: Ranges, visit: (record: KafkaRecord) => void) => Promise<void>;
  /** The places of rejected records that are stored as errors. */
  readonly storedRejections: () => AsyncIterable<{ readonly partition: number; readonly offset: number }>;
  /** The records of batches that Lambda discarded. */
  readonly deadLetters: () => AsyncIterable<DeadLetter>;
  /** Whether every message in `error-data` up to now is stored. */
  readonly areErrorsStored: () => Promise<boolean>;
  readonly progress: () => AsyncIterable<Progress>;
  readonly nameFiles: NameFiles;
  /** The origins, among these, that landing has applied. */
  readonly appliedOrigins: (origins: readonly string[]) => Promise<ReadonlySet<string>>;
}

export interface TopicEnds {
  readonly partition: number;
  /** The first retained offset. */
  readonly begin: number;
  readonly end: number;
}

/** A valid record of a batch that Lambda discarded. */
export interface DeadLetter {
  readonly partition: number;
  readonly offset: number;
  readonly status: 'open' | 'redriven' | 'ignored';
  /**
   * Its row in a file; null when it is not from a file. `names` has the key of the file and the sources of
   * all its versions.
   */
  readonly row: { readonly names: readonly string[]; readonly line: number } | null;
}

/** The last row of a file that the ledger has recorded for a partition. */
interface Progress {
  readonly partition: number;
  readonly source: string;
  readonly lastRow: number;
}

/** By partition, ascending. */
export type Ranges = ReadonlyMap<number, readonly Run[]>;

export class Unreadable extends Error {}
