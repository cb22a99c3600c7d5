import { type ErrorType, isErrorType } from '../../shared/wire/error-record.ts';
import { countOf, escapeText, header, rowIds, type SlackMessage, section } from './blocks.ts';
import type { ComposeOptions, OutboxRow } from './notify-slack.ts';

/** An error that is not sent to Slack yet. */
export interface UnsentError extends OutboxRow {
  readonly type: string;
  readonly reason: string;
  readonly location: string | null;
  readonly fileName: string | null;
  readonly lineNumber: string | null;
}

const titles: Readonly<Record<ErrorType, string>> = {
  MISSING_FIELD: 'Missing field',
  TYPE_ERROR: 'Not a number',
  DATE_ERROR: 'Not a date',
  RANGE_ERROR: 'Out of range',
  MALFORMED_ROW: 'Malformed row',
  UNREADABLE_FILE: 'Unreadable file',
  FORMAT_MISMATCH: 'Files in an unknown format',
  MALFORMED_MESSAGE: 'Malformed message',
  RETRY_EXHAUSTED: 'Retries exhausted',
  BATCH_FAILED: 'Batch failed',
  UNKNOWN_TRANSACTION: 'Label of an unknown transaction',
  CONTRADICTORY_LABEL: 'Contradictory label',
};

/** Other producers write error types of their own, which are shown by their names. */
const titleOf = (type: string) => (isErrorType(type) ? titles[type] : escapeText(type, 80));

/** All errors share a message: most come from one file, and a person looks at them together. */
export const groupErrors = (errors: readonly UnsentError[]): UnsentError[][] => [[...errors]];

const typesShown = 20;
const examplesShown = 3;
const filesShown = 10;

export function composeErrors(errors: readonly UnsentError[], options: ComposeOptions): SlackMessage {
  const sources = [...Map.groupBy(errors, sourceOf)].sort(([, a], [, b]) => b.length - a.length);
  const title =
    sources.length === 1
      ? `${countOf(errors.length, 'record')} rejected`
      : `${countOf(errors.length, 'record')} rejected from ${countOf(sources.length, 'source')}`;
  const types = [...Map.groupBy(errors, ({ type }) => type)].sort(([, a], [, b]) => b.length - a.length);
  const others = types.slice(typesShown).flatMap(([, group]) => group).length;
  return {
    text: `${title}: ${types
      .slice(0, 3)
      .map(([type, group]) => `${titleOf(type)} ${group.length}`)
      .join(', ')}`,
    blocks: [
      header(title),
      ...types.slice(0, typesShown).map(([type, group]) => typeSummary(type, group)),
      ...(others > 0 ? [section(`and ${countOf(others, 'record')} of other types`)] : []),
      sourceSummary(sources),
      rowIds(
        errors.length === 1 ? 'error' : 'errors',
        errors.map(({ id }) => id),
        options,
      ),
    ],
  };
}

function typeSummary(type: string, errors: readonly UnsentError[]) {
  const examples = errors.slice(0, examplesShown).map((error) => `• ${example(error)}`);
  return section(
    `:no_entry: *${titleOf(type)}*: ${errors.length}`,
    examples,
    (count) => `• and ${count} more`,
    errors.length - examples.length,
  );
}

function example(error: UnsentError): string {
  const { reason, location, lineNumber } = error;
  const where = [sourceOf(error), lineNumber && `line ${lineNumber}`, location]
    .filter((part) => part !== null && part !== '')
    .map((part) => escapeText(String(part), 60));
  // The reason of a bad row repeats its line number.
  return `${where.join(', ')}: ${escapeText(reason.replace(/^line \d+: /, ''))}`;
}

function sourceSummary(sources: readonly (readonly [string, readonly UnsentError[]])[]) {
  const lines = sources
    .slice(0, filesShown)
    .map(([source, errors]) => `• ${escapeText(source, 120)}: ${errors.length}`);
  return section(
    '*From*',
    lines,
    (count) => `• and ${countOf(count, 'more source', 'more sources')}`,
    sources.length - lines.length,
  );
}

/** The name of the file, without the folder in which all files are dropped. */
const sourceOf = ({ fileName }: UnsentError) => fileName?.split('/').at(-1) || 'a message on Kafka';
