/** What the running platform has done, as its stores say. `lag` is per consumer group, in records. */
export interface PlatformCounts {
  readonly filesRead: number;
  readonly rowsRead: number;
  readonly rowsValid: number;
  readonly rowsInvalid: number;
  readonly rowsLanded: number;
  /** Of rows and messages that are invalid. */
  readonly errorsStored: number;
  /** Records that a consumer put off at least once. */
  readonly retried: number;
  /** Of those, the ones that became dead letters after their last attempt. */
  readonly retriesExhausted: number;
  readonly alerts: number;
  /** Observations that came after their window was closed. */
  readonly lateObservations: number;
  /** Observations unlike those before, alerted or not. */
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

/** Every row that was read has reached its end: the run's criterion of success. */
export const isBalanced = (report: Omit<PlatformCounts, 'lag'>): boolean =>
  report.rowsValid === report.rowsLanded && report.rowsInvalid === report.errorsStored;

export interface AlertLine {
  readonly eventTime: Date;
  readonly location: string;
  readonly type: string;
  readonly value: number;
}

/** The transactions that the launcher has had scored. */
export interface ScoringState {
  readonly scored: number;
  /** Not answered with a score. */
  readonly failed: number;
  /** Taken for frauds. */
  readonly frauds: number;
  /** Of the last answers, as the caller sees it; undefined before the first. */
  readonly medianMs: number | undefined;
}

interface NamedUrl {
  readonly name: string;
  readonly url: string;
}

/** What the live view of `npm start` shows. */
export interface LiveState {
  readonly counts: PlatformCounts;
  readonly filesDropped: number;
  readonly upForMs: number;
  /** Rows landed per second, oldest first, one number a second. */
  readonly rowsPerSecond: readonly number[];
  readonly scoring: ScoringState & {
    /** Scored a second, oldest first, one number a second. */
    readonly perSecond: readonly number[];
    /** How far transactions have moved from what the model was trained on, 0 to 1; undefined when nobody has said yet. */
    readonly drift: number | undefined;
    /** By the labels that are known; undefined as long as there are none. */
    readonly judged: Judged | undefined;
  };
  /** Newest first. */
  readonly lastAlerts: readonly AlertLine[];
  /** The hour that the sensor watches, as 2024-07-01T12; undefined when it does not run. */
  readonly watchedHour: string | undefined;
  readonly urls: readonly NamedUrl[];
}

/** How the model does, 0 to 1. */
export interface Judged {
  readonly precision: number;
  readonly recall: number;
  /** Transactions whose labels have come, and the frauds among them. */
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

/** A step of a set-up or start-up; `detail` is what it is busy with, or why it failed. */
export interface Step {
  readonly name: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly elapsedMs: number;
  readonly detail?: string;
}
