import { topicOf } from '../../../lambdas/shared/kafka/topic-generations.ts';
import type { LifeStep, RowPath } from '../contract.ts';

/** A row as it is in the lake. */
export interface LandedRow {
  readonly location: string;
  readonly atMs: number;
  readonly source: string | null;
  readonly row: number | null;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** The folder of its object in the lake, YYYY-MM-DD. */
  readonly ingestDate: string;
  /** When the record came to Kafka. */
  readonly recordedAtMs: number;
  readonly measures: string;
}

/** A version of a file, or of a file in an archive. */
export interface Version {
  readonly source: string;
  readonly key: string;
  readonly startedAtMs: number;
  readonly ingestedAtMs: number | null;
}

export interface HoldingObject {
  readonly key: string;
  readonly writtenAtMs: number;
  /** Whether it took the place of several small objects. */
  readonly isMerged: boolean;
}

/** What the stores hold about a landed row. */
export interface Traces {
  readonly file: Version | undefined;
  /** The object that has it now. */
  readonly object: HoldingObject | undefined;
  /** Whether watch-weather has passed its offset. */
  readonly isWatched: boolean;
  readonly window:
    | { readonly startMs: number; readonly seconds: number; readonly count: number; readonly late: number }
    | undefined;
  readonly alerts: readonly {
    readonly id: number;
    readonly type: string;
    readonly reason: string;
    readonly createdAtMs: number;
    readonly sentAtMs: number | null;
  }[];
  readonly day: { readonly revision: number; readonly publishedAtMs: number } | undefined;
}

const linkTo = (path: string, query: Record<string, string>) => `${path}?${new URLSearchParams(query)}`;

/** The way of a landed row, one step for each store, in the order in which it came there. */
export function wayOf(row: LandedRow, traces: Traces): RowPath {
  const { file, object, window, alerts, day, isWatched } = traces;
  const date = new Date(row.atMs).toISOString().slice(0, 10);
  const browse = {
    topic: topicOf(row.topic),
    partition: String(row.partition),
    from: 'offset',
    offset: String(row.offset),
  };
  return {
    title: `${row.location}, ${textOf(row.atMs)} UTC`,
    text: row.measures,
    steps: [
      ...(file && row.row !== null
        ? [step('File', `${file.key}, line ${row.row}`, file.startedAtMs, '/files')]
        : [step('Producer', 'Not from a file: another producer sent it to the topic', null, null)]),
      step(
        'Kafka',
        `${row.topic}, partition ${row.partition}, offset ${row.offset}`,
        row.recordedAtMs,
        linkTo('/topics', browse),
      ),
      object
        ? step(
            'Lake',
            object.isMerged ? `${object.key}, merged from smaller objects` : object.key,
            object.writtenAtMs,
            '/lake',
          )
        : waiting('Lake', 'Its object is being merged, or expired meanwhile: follow the row again'),
      window
        ? step(
            'Window',
            `${textOf(window.startMs)}, ${window.seconds} s: ${window.count} rows, ${window.late} late`,
            null,
            linkTo('/weather', { location: row.location }),
          )
        : waiting('Window', isWatched ? 'Its window was pruned' : 'watch-weather has not come to it yet'),
      ...(alerts.length === 0
        ? [step('Alert', 'None: no limit was passed at this time, or its cooldown held', null, null)]
        : []),
      ...alerts.flatMap(({ type, reason, createdAtMs, sentAtMs }) => [
        step(`Alert ${type}`, reason, createdAtMs, linkTo('/weather', { location: row.location })),
        sentAtMs === null
          ? waiting('Slack', 'Not sent yet')
          : step('Slack', 'Sent to the channel', sentAtMs, '/slack'),
      ]),
      day
        ? step('Day', `In the summary of ${date}, revision ${day.revision}`, day.publishedAtMs, '/workflows')
        : waiting('Day', `The summary of ${date} is not built yet`),
    ],
  };
}

const step = (title: string, text: string, atMs: number | null, link: string | null): LifeStep => ({
  title,
  text,
  atMs,
  link,
  state: 'done',
});

const waiting = (title: string, text: string): LifeStep => ({
  title,
  text,
  atMs: null,
  link: null,
  state: 'waiting',
});

const textOf = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

/** A row that was stored as an error. */
export interface FailedRow {
  readonly id: number;
  readonly type: string;
  readonly reason: string;
  readonly status: string;
  readonly rawRow: string | null;
  readonly createdAtMs: number;
  readonly settledAtMs: number | null;
  readonly toldAtMs: number | null;
}

export function wayOfError(error: FailedRow, file: Version, line: number): RowPath {
  const { id, type, reason, status, createdAtMs, settledAtMs, toldAtMs } = error;
  const link = linkTo('/errors', { file: file.key });
  return {
    title: `Error ${id}: ${type}`,
    text: error.rawRow ?? '',
    steps: [
      step('File', `${file.key}, line ${line}`, file.startedAtMs, '/files'),
      { ...step('Error', reason, createdAtMs, link), state: 'failed' },
      toldAtMs === null
        ? waiting('Slack', 'Not told yet')
        : step('Slack', 'Told in a digest of errors', toldAtMs, '/slack'),
      settledAtMs === null
        ? waiting('Settled', 'Open: correct it and send it again, or ignore it')
        : step('Settled', status.toLowerCase(), settledAtMs, link),
    ],
  };
}
