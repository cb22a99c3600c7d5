// The answers of the console's server, as the page reads them. Times are milliseconds since 1970, in JSON.
import type { ServiceStatus } from '../terminal/state.ts';

/** How far a stage of the pipeline is with its work. */
export type StageState = 'idle' | 'working' | 'behind' | 'stopped' | 'failing';

/** A count that must equal another one when the work is done. */
export interface Check {
  /** What this count is compared with, such as "valid rows". */
  readonly against: string;
  /** 0 when they agree; negative when this count is lower. */
  readonly difference: number;
}

export interface Stage {
  readonly id: string;
  readonly title: string;
  /** What one line says about it: "of 3 files", for example. */
  readonly note: string;
  readonly count: number;
  readonly unit: string;
  /** `count` per second in the last seconds; undefined before the second reading. */
  readonly perSecond: number | undefined;
  readonly state: StageState;
  /** Why it is failing or stopped. */
  readonly reason?: string;
  /** Records or messages that wait in front of it. */
  readonly waiting?: number;
  readonly check?: Check;
}

/** Rows per second at some moments, oldest first: one array for each curve, of the length of `atMs`. */
export interface Rates {
  readonly atMs: readonly number[];
  readonly read: readonly number[];
  readonly landed: readonly number[];
  readonly failed: readonly number[];
}

export interface Pipeline {
  readonly atMs: number;
  readonly stages: readonly Stage[];
  readonly rates: Rates;
  /** The hour that the sensor covers (2024-07-01T12); undefined when it is not running. */
  readonly watchedHour: string | undefined;
}

/** The processes of the platform. */
interface Services {
  readonly services: readonly ServiceStatus[];
}

export type FileState = 'waiting' | 'processing' | 'done' | 'errors' | 'refused';

export interface FileLine {
  /** The short id of this version of the file, as in the headers of its records. */
  readonly source: string;
  /** The part of the key below the incoming folder. */
  readonly name: string;
  readonly state: FileState;
  /** When reading began; undefined for a file that waits. */
  readonly startedAtMs: number | undefined;
  readonly rowsRead: number;
  readonly rowsValid: number;
  readonly rowsInvalid: number;
  readonly rowsRefused: number;
  readonly rowsSkipped: number;
  readonly ignoredColumns: readonly string[];
  /** Of all versions of the file. */
  readonly openErrors: number;
  /** The share of the file's rows that each consumer has passed, 0 to 1. */
  readonly landed: number;
  readonly watched: number;
}

export interface Files {
  readonly files: readonly FileLine[];
  readonly total: number;
}

export interface ErrorLine {
  readonly id: number;
  readonly status: string;
  readonly type: string;
  readonly reason: string;
  readonly rawRow: string | null;
  readonly corrected: string | null;
  readonly location: string | null;
  readonly file: string | null;
  readonly line: number | null;
  /** The place in Kafka, as topic/partition/offset. */
  readonly record: string | null;
  readonly failedIn: string | null;
  readonly cause: string | null;
  readonly retries: number;
  readonly createdAtMs: number;
}

interface Counted {
  readonly name: string;
  readonly count: number;
}

export interface Errors {
  readonly errors: readonly ErrorLine[];
  /** Pass as `before` to get the next page; undefined on the last one. */
  readonly next: number | undefined;
  /** Of all errors, whatever the filter. */
  readonly byStatus: readonly Counted[];
  /** Of the errors with the chosen status. */
  readonly byType: readonly Counted[];
  readonly byFile: readonly Counted[];
}

/** Each path that the page reads, and its answer. */
export interface Answers {
  readonly '/api/services': Services;
  readonly '/api/pipeline': Pipeline;
  readonly '/api/files': Files;
  readonly '/api/errors': Errors;
}
export type Path = keyof Answers;

export interface Uploaded {
  /** As `FileLine.source`. */
  readonly source: string;
}

/** The answer to a request that failed. */
export interface Refusal {
  readonly error: string;
  /** The platform is being started: the same request succeeds later. */
  readonly starting?: boolean;
}

/** Every request that changes something carries this header. A page of another site cannot set it. */
export const writeHeader = 'x-isobar-console';
