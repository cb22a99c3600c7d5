import type { RunOutcome } from '../../shared/metrics/metrics.ts';
import { causeOf, consoleLink, type Message } from '../../shared/wire/workflow-message.ts';

/** The workflow's data at its end. A field is missing when its state was not reached. */
export interface DayEnd {
  readonly executionId: string;
  readonly given?: { readonly day?: string };
  readonly check?: {
    readonly day: string;
    readonly runId?: string;
    readonly status: string;
    readonly reason: string;
  };
  readonly quality?: { readonly failures: readonly string[]; readonly warnings: readonly string[] };
  readonly loaded?: {
    readonly revision: number;
    readonly isNew: boolean;
    readonly changes: readonly string[];
  };
  /** The error of the state that failed. */
  readonly failure?: { readonly Error: string; readonly Cause: string };
}

/** The published result of the day, whether of this execution or not. */
export interface Published {
  readonly revision: number;
  /** Whether the tables of the lake show this result. */
  readonly inCatalog: boolean;
}

export interface SummaryLine {
  readonly location: string;
  readonly observations: number;
  /** Null when no observation of the day has a temperature. */
  readonly minC: number | null;
  readonly meanC: number | null;
  readonly maxC: number | null;
  readonly rainHours: number;
  readonly hoursSeen: number;
  readonly alerts: number;
}

/** Rows of a file for whose location and time a newer row counts. */
export interface RepeatedRows {
  /** Null for records that came from no file. */
  readonly fileName: string | null;
  readonly sameValues: number;
  readonly otherValues: number;
}

const linesShown = 12;
const filesShown = 5;

export function composeReport(
  end: DayEnd,
  rows: readonly SummaryLine[],
  published: Published | undefined,
  repeated: readonly RepeatedRows[] = [],
): Message {
  const { executionId, check, quality, loaded } = end;
  const day = check?.day ?? end.given?.day ?? 'an unknown day';
  const key = `daily/${executionId}`;
  const footnote = consoleLink(executionId);
  if (outcomeOf(end) === 'failed' || !loaded) {
    const reasons = end.failure ? [causeOf(end.failure)] : reasonsOf(end);
    const body = [...reasons, visibleResult(published)].join('\n');
    return { key, title: `:x: Daily summary of ${day} failed`, body, footnote };
  }
  const warnings = [
    ...(quality?.warnings ?? []).map((warning) => `:warning: ${warning}`),
    ...describeFiles(repeated),
  ];
  if (!loaded.isNew) {
    const body = ['A new run has the same result as the run before.', ...warnings].join('\n');
    return { key, title: `:white_check_mark: ${day}: nothing has changed`, body, footnote };
  }
  const isCorrection = loaded.revision > 1;
  const changes = isCorrection
    ? [
        '*What has changed* (alerts and messages that were sent are not taken back)',
        ...loaded.changes.map((change) => `• ${change}`),
      ]
    : [];
  const title = isCorrection
    ? `:pencil2: Weather of ${day}, corrected (revision ${loaded.revision})`
    : `:partly_sunny: Weather of ${day}`;
  return { key, title, body: [...changes, table(rows), ...warnings].join('\n'), footnote };
}

export const outcomeOf = ({ failure, loaded }: DayEnd): RunOutcome =>
  failure || !loaded ? 'failed' : 'succeeded';

const reasonsOf = ({ check, quality }: DayEnd): readonly string[] =>
  quality && quality.failures.length > 0 ? quality.failures : [check?.reason ?? 'The reason is not known.'];

function visibleResult(published: Published | undefined): string {
  if (!published) return 'There is no result of the day.';
  if (published.inCatalog) return 'The last good result of the day stays.';
  const revision = `Postgres has revision ${published.revision}; the tables of the lake may lag behind it.`;
  return `${revision} Run the day again: that moves the tables, and reports the changes.`;
}

function describeFiles(repeated: readonly RepeatedRows[]): string[] {
  const lines = repeated
    .slice(0, filesShown)
    .map(
      ({ fileName, sameValues, otherValues }) =>
        `• ${fileName ?? 'messages on Kafka'}: ${sameValues} repeated, ${otherValues} in conflict`,
    );
  const more = repeated.length - filesShown;
  return [...lines, ...(more > 0 ? [`• and ${more} more files (table day_files)`] : [])];
}

/** A code block, in which Slack keeps columns aligned. */
function table(rows: readonly SummaryLine[]): string {
  const cells = rows
    .slice(0, linesShown)
    .map((row) => [
      row.location.slice(0, 16),
      String(row.observations),
      [row.minC, row.meanC, row.maxC].map((value) => value?.toFixed(1) ?? '–').join(' / '),
      `${row.rainHours} h`,
      `${row.hoursSeen}/24`,
      String(row.alerts),
    ]);
  const lines = [['location', 'rows', '°C min / mean / max', 'rain', 'hours', 'alerts'], ...cells];
  const widths =
    lines[0]?.map((_, place) => Math.max(...lines.map((line) => line[place]?.length ?? 0))) ?? [];
  const text = lines.map((line) =>
    line.map((cell, place) => pad(cell, widths[place] ?? 0, place)).join('  '),
  );
  const more = rows.length - linesShown;
  return ['```', ...text, '```', ...(more > 0 ? [`and ${more} more locations`] : [])].join('\n');
}

const pad = (cell: string, width: number, place: number) =>
  place === 0 ? cell.padEnd(width) : cell.padStart(width);
