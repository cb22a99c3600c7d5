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
  /** Of all errors, whatever the filter: open, redriven and ignored. */
  readonly byStatus: readonly Counted[];
  /** Of the errors with the chosen status. */
  readonly byType: readonly Counted[];
  readonly byFile: readonly Counted[];
  /** Of the redriven and of the ignored errors, the newest so many are counted. */
  readonly countedSettled: number;
}

interface PartitionLine {
  readonly partition: number;
  /** The oldest offset that the broker has, and the one after the newest. */
  readonly low: number;
  readonly high: number;
}

export interface TopicLine {
  readonly name: string;
  readonly records: number;
  readonly partitions: readonly PartitionLine[];
}

export interface Topics {
  readonly topics: readonly TopicLine[];
}

export interface RecordLine {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  /** Null for a tombstone. Cut after its first bytes. */
  readonly value: string | null;
  readonly valueBytes: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The key of the file that the header `source` stands for. */
  readonly file: string | null;
}

export interface Records {
  readonly records: readonly RecordLine[];
  /** How many records were read to find these. */
  readonly scanned: number;
  /** False when there is more to read. */
  readonly isComplete: boolean;
  /** Where to go on, if all are of one partition. */
  readonly next: number | undefined;
  readonly tookMs: number;
}

export interface Place {
  readonly location: string;
  readonly observedAtMs: number;
  /** In the order of `Places.measures`; null for a measure that was not taken. */
  readonly values: readonly (number | null)[];
  readonly alerts: number;
}

export interface Places {
  readonly measures: readonly { readonly label: string; readonly unit: string }[];
  readonly places: readonly Place[];
}

export interface Window {
  readonly startMs: number;
  readonly seconds: number;
  readonly count: number;
  readonly late: number;
  readonly anomalies: number;
  /** In the order of `Places.measures`. */
  readonly measures: readonly {
    readonly mean: number | null;
    readonly min: number | null;
    readonly max: number | null;
  }[];
}

export interface AlertEvent {
  readonly id: number;
  readonly location: string;
  readonly type: string;
  readonly reason: string;
  readonly eventMs: number;
  readonly value: number;
  readonly threshold: number;
  readonly createdAtMs: number;
  /** When Slack got it; null before. */
  readonly sentAtMs: number | null;
}

export interface Weather {
  /** Oldest first. */
  readonly windows: readonly Window[];
  /** Newest first. */
  readonly alerts: readonly AlertEvent[];
}

interface Column {
  readonly name: string;
  readonly type: string;
}

export interface LakeTables {
  readonly queries: readonly { readonly name: string; readonly description: string; readonly sql: string }[];
  readonly tables: readonly {
    readonly name: string;
    readonly description: string;
    readonly columns: readonly Column[];
  }[];
}

export interface LakeResult {
  readonly columns: readonly Column[];
  /** Texts as Athena returns them; null for NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** Whether there are more rows than these. */
  readonly isCut: boolean;
  readonly scannedBytes: number;
  readonly tookMs: number;
}

export interface Prediction {
  readonly id: string;
  readonly account: string;
  readonly amount: number;
  readonly currency: string;
  readonly category: string;
  readonly country: string;
  readonly channel: string;
  readonly atMs: number;
  readonly scoredAtMs: number;
  readonly score: number;
  readonly fraud: boolean;
  readonly model: string;
  readonly reasons: readonly string[];
  /** Whether it was fraud; null while nobody knows. */
  readonly label: boolean | null;
}

export interface Model {
  /** Of each feature and of all together ("overall"), 0 to 1, the largest first. */
  readonly drift: readonly {
    readonly feature: string;
    readonly value: number;
    /** Whether it is more than chance and worth a look, as the warnings judge. */
    readonly warns: boolean;
  }[];
  readonly driftAtMs: number | undefined;
  readonly driftTransactions: number | undefined;
  /** Of segments with enough transactions, those that drifted most first. */
  readonly segments: readonly {
    readonly dimension: string;
    readonly segment: string;
    readonly transactions: number;
    readonly drift: number;
    /** The feature that drifted most within it. */
    readonly feature: string;
    readonly ofFeature: number;
  }[];
  readonly quality: readonly {
    readonly maturity: string;
    readonly precision: number | null;
    readonly recall: number | null;
    readonly f1: number | null;
    readonly accuracy: number | null;
    readonly labelled: number;
  }[];
  /** The model in use and the challenger, on the transactions that both scored; null without a challenger. */
  readonly shadow: Shadow | null;
  readonly predictions: readonly Prediction[];
}

export interface Shadow {
  readonly challenger: string;
  /** In the drift window, as the next two. */
  readonly transactions: number | null;
  readonly disagreement: number | null;
  readonly scoreDrift: number | null;
  readonly labelled: number | null;
  /** The difference of the F1, with its 95 % interval. */
  readonly gain: { readonly low: number; readonly estimate: number; readonly high: number } | null;
  readonly models: readonly {
    readonly model: 'champion' | 'challenger';
    readonly version: string;
    readonly precision: number | null;
    readonly recall: number | null;
    readonly estimatedPrecision: number | null;
    readonly estimatedRecall: number | null;
  }[];
}

/** The answer of the API to a transaction. */
export interface Scored {
  readonly transactionId: string;
  readonly score: number;
  readonly fraud: boolean;
  readonly modelVersion: string;
  readonly reasons: readonly string[];
}

export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly status: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
}

export interface Workflows {
  readonly workflows: readonly {
    readonly name: string;
    readonly about: string;
    /** Newest first. */
    readonly executions: readonly Execution[];
  }[];
  /** The days that observations landed for, newest first. */
  readonly days: readonly string[];
}

export interface ExecutionDetail {
  readonly status: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
  readonly steps: readonly { readonly state: string; readonly enteredAtMs: number }[];
  readonly output: string | null;
  readonly failure: string | null;
}

export interface Started {
  readonly arn: string;
}

export interface Slack {
  readonly total: number;
  /** What the inbox's failure switch does to messages; null when it is off. */
  readonly failing: string | null;
  /** Newest first. `html` is safe: all text in it is escaped. */
  readonly messages: readonly { readonly id: number; readonly html: string }[];
}

/** What can be corrected in an error. */
export interface EditableError {
  readonly id: number;
  /** False for a settled error, a refused file and a transaction. */
  readonly canEdit: boolean;
  readonly cells: readonly { readonly name: string; readonly value: string; readonly isWrong: boolean }[];
}

export interface FixedError {
  /** The row that is sent in place of the one that failed. */
  readonly text: string;
  /** What is still wrong with it. */
  readonly fault: string | null;
}

export interface RedrivenErrors {
  readonly redriven: number;
  /** Refused files that are read again. */
  readonly files: readonly string[];
  /** How many were not sent, and why some of them. */
  readonly invalid: number;
  readonly reasons: readonly { readonly id: number; readonly reason: string }[];
}

export interface IgnoredErrors {
  readonly ignored: number;
}

export interface ChartPanel {
  readonly title: string;
  readonly description: string;
  /** Grafana's name of the unit. */
  readonly unit: string;
  readonly kind: 'line' | 'bars' | 'stat';
  /** Said in place of the chart while there is no series. */
  readonly noData: string;
  /** The chapter of docs/runbook.md. */
  readonly runbook: string | null;
  readonly atMs: readonly number[];
  readonly curves: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
  /** How many series are not among these. */
  readonly left: number;
}

export interface Charts {
  readonly dashboards: readonly { readonly uid: string; readonly title: string }[];
  readonly uid: string;
  readonly description: string;
  readonly minutes: number;
  /** The choices for `minutes`. */
  readonly spans: readonly number[];
  /** How to get Prometheus, where there is none. */
  readonly missing: string | null;
  readonly rows: readonly { readonly title: string; readonly panels: readonly ChartPanel[] }[];
}

/** A step of a row on its way. */
export interface LifeStep {
  readonly title: string;
  readonly text: string;
  readonly atMs: number | null;
  /** The view that shows it. */
  readonly link: string | null;
  readonly state: 'done' | 'waiting' | 'failed';
}

export interface RowPath {
  readonly title: string;
  readonly text: string;
  readonly steps: readonly LifeStep[];
}

/** One path for each record of the row: a file that was dropped twice has several. */
export interface RowLife {
  readonly paths: readonly RowPath[];
}

/** Each path that the page reads, and its answer. */
export interface Answers {
  readonly '/api/services': Services;
  readonly '/api/pipeline': Pipeline;
  readonly '/api/files': Files;
  readonly '/api/errors': Errors;
  readonly '/api/error': EditableError;
  readonly '/api/topics': Topics;
  readonly '/api/records': Records;
  readonly '/api/places': Places;
  readonly '/api/weather': Weather;
  readonly '/api/lake': LakeTables;
  readonly '/api/model': Model;
  readonly '/api/workflows': Workflows;
  readonly '/api/execution': ExecutionDetail;
  readonly '/api/slack': Slack;
  readonly '/api/row': RowLife;
  readonly '/api/charts': Charts;
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

/** The report of the training of `?version=`, or of the model in use, as a page of its own. */
export const modelReportPath = '/model-report';

/** Every request that changes something carries this header. A page of another site cannot set it. */
export const writeHeader = 'x-isobar-console';
