import type { KafkaRecord } from '../../lambdas/shared/kafka/kafka-event.ts';
import type { LandedRows } from './landed-object.ts';
import type { Run } from './offset-runs.ts';

/** What the audit reads. It writes nothing. */
export interface Ports {
  /** The ledger of landing: its next offset by partition. */
  readonly ledger: () => Promise<ReadonlyMap<number, number>>;
  readonly topicEnds: () => Promise<readonly TopicEnds[]>;
  /** The keys of all objects below the prefix of landing. */
  readonly keys: () => AsyncIterable<string>;
  /** Undefined when the object is gone by now. Throws Unreadable for one that is not as landing writes it. */
  readonly read: (key: string) => Promise<LandedRows | undefined>;
  /** Visits the committed records of these offsets that the topic still holds. */
  readonly visitRecords: (ranges: Ranges, visit: (record: KafkaRecord) => void) => Promise<void>;
  /** Where the rejected records lay that are stored as errors. */
  readonly storedRejections: () => AsyncIterable<{ readonly partition: number; readonly offset: number }>;
  /** The records of batches that Lambda discarded before they landed. */
  readonly deadLetters: () => AsyncIterable<DeadLetter>;
  /** Whether every message of `error-data` up to now is stored. */
  readonly areErrorsStored: () => Promise<boolean>;
  readonly progress: () => AsyncIterable<Progress>;
  /** Those of the origins that landing has applied. */
  readonly appliedOrigins: (origins: readonly string[]) => Promise<ReadonlySet<string>>;
}

export interface TopicEnds {
  readonly partition: number;
  /** The first offset that is still there. */
  readonly begin: number;
  readonly end: number;
}

/** A valid record whose batch Lambda discarded. */
export interface DeadLetter {
  readonly partition: number;
  readonly offset: number;
  readonly status: 'open' | 'redriven' | 'ignored';
  /** The row of a file that it is; null when it is none. */
  readonly row: { readonly fileName: string; readonly line: number } | null;
}

/** The last row of a file that the ledger has seen on a partition. */
interface Progress {
  readonly partition: number;
  readonly source: string;
  readonly lastRow: number;
}

/** By partition, ascending. */
export type Ranges = ReadonlyMap<number, readonly Run[]>;

export class Unreadable extends Error {}
