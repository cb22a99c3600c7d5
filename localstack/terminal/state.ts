/**
 * The work done by the running platform, as counted in its stores. `lag` is per consumer group, in records.
 */
export interface PlatformCounts {
  readonly filesRead: number;
  /** Files that are empty, or have no more than a header. */
  readonly filesWithoutRows?: number;
  readonly rowsRead: number;
  readonly rowsValid: number;
  readonly rowsInvalid: number;
  readonly rowsLanded: number;
  /** Errors stored for invalid rows and messages. */
  readonly errorsStored: number;
  /** Records that a consumer sent to the retry topic at least once. */
  readonly retried: number;
  /** Retried records that became dead letters after their last attempt. */
  readonly retriesExhausted: number;
  readonly alerts: number;
  /** Observations that arrived after their window had closed. */
  readonly lateObservations: number;
  /** Observations that differ from the earlier ones, with or without an alert. */
  readonly anomalies: number;
  readonly slackMessages: number;
  readonly parquetObjects: number;
  readonly lag: Readonly<Record<string, number>>;
}

/** The outcome of `npm start -- --once`, written to `.isobar/report.json`. */
export type Report = Omit<PlatformCounts, 'lag'> & {
  readonly startupMs: number;
  readonly drainMs: number;
};

/** Whether every valid row landed and every invalid row is stored as an error: then the run succeeded. */
export const isBalanced = (report: Omit<PlatformCounts, 'lag'>): boolean =>
  report.rowsValid === report.rowsLanded && report.rowsInvalid === report.errorsStored;

export interface AlertLine {
  readonly eventTime: Date;
  readonly location: string;
  readonly type: string;
  readonly value: number;
}

/** The transactions that the launcher sent to the API. */
export interface ScoringState {
  readonly scored: number;
  /** Transactions that got no score. */
  readonly failed: number;
  /** Transactions flagged as fraud. */
  readonly frauds: number;
  /**
   * The median response time of the latest requests, measured by the caller; undefined before the first
   * response.
   */
  readonly medianMs: number | undefined;
}

interface NamedUrl {
  readonly name: string;
  readonly url: string;
}

/** The data of the live view of `npm start`. */
export interface LiveState {
  readonly counts: PlatformCounts;
  readonly filesDropped: number;
  readonly upForMs: number;
  /** Rows landed per second, one number for each second, oldest first. */
  readonly rowsPerSecond: readonly number[];
  readonly scoring: ScoringState & {
    /** Transactions scored per second, one number for each second, oldest first. */
    readonly perSecond: readonly number[];
    /**
     * The distance between current transactions and the training data, 0 to 1; undefined before it is first
     * computed.
     */
    readonly drift: number | undefined;
    /** Undefined before the first labels. */
    readonly evaluation: Evaluation | undefined;
  };
  /** Newest first. */
  readonly lastAlerts: readonly AlertLine[];
  /** The hour that the sensor covers, as 2024-07-01T12; undefined when it is not running. */
  readonly watchedHour: string | undefined;
  readonly urls: readonly NamedUrl[];
}

/** The model's precision and recall on labelled transactions, 0 to 1. */
export interface Evaluation {
  readonly precision: number;
  readonly recall: number;
  /** The labelled transactions, and the frauds among them. */
  readonly labelled: number;
  readonly frauds: number;
}

export type Health = 'healthy' | 'unhealthy' | 'stopped';

export interface ServiceStatus {
  readonly name: string;
  readonly pid: number | undefined;
  readonly address: string;
  readonly health: Health;
}

export interface PlatformStatus {
  readonly services: readonly ServiceStatus[];
  readonly apiUrl: string;
  readonly watchedHour: string | undefined;
  readonly lag: Readonly<Record<string, number>>;
}

/** A step of the set-up or the start. `detail` says what it is doing, or why it failed. */
export interface Step {
  readonly name: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly elapsedMs: number;
  readonly detail?: string;
}
