import { type ErrorType, isErrorType } from '../../shared/wire/error-record.ts';
import { countOf, escapeText, header, rowsTold, type SlackMessage, section } from './blocks.ts';
import type { OutboxRow, Repetition } from './notify-slack.ts';

/** A rejected row or message that Slack has not been told of. */
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
  MALFORMED_MESSAGE: 'Malformed message',
  RETRY_EXHAUSTED: 'Retries exhausted',
  BATCH_FAILED: 'Batch failed',
  UNKNOWN_TRANSACTION: 'Label of an unknown transaction',
  CONTRADICTORY_LABEL: 'Contradictory label',
};

/** Other producers write error types of their own, which are shown by their names. */
const titleOf = (type: string) => (isErrorType(type) ? titles[type] : escapeText(type, 80));

/** Errors come in files, and a person looks at them together. */
export const groupErrors = (errors: readonly UnsentError[]): UnsentError[][] => [[...errors]];

const kindsShown = 20;
const examplesShown = 3;
const filesShown = 10;

export function composeErrors(errors: readonly UnsentError[], repetition: Repetition): SlackMessage {
  const sources = [...Map.groupBy(errors, sourceOf)].sort(([, a], [, b]) => b.length - a.length);
  const title =
    sources.length === 1
      ? `${countOf(errors.length, 'record')} rejected`
      : `${countOf(errors.length, 'record')} rejected from ${countOf(sources.length, 'source')}`;
  const kinds = [...Map.groupBy(errors, ({ type }) => type)].sort(([, a], [, b]) => b.length - a.length);
  const others = kinds.slice(kindsShown).flatMap(([, group]) => group).length;
  return {
    text: `${title}: ${kinds
      .slice(0, 3)
      .map(([type, group]) => `${titleOf(type)} ${group.length}`)
      .join(', ')}`,
    blocks: [
      header(title),
      ...kinds.slice(0, kindsShown).map(([type, group]) => kindSummary(type, group)),
      ...(others > 0 ? [section(`and ${countOf(others, 'record')} of other kinds`)] : []),
      sourceSummary(sources),
      rowsTold(
        errors.length === 1 ? 'error' : 'errors',
        errors.map(({ id }) => id),
        repetition,
      ),
    ],
  };
}

function kindSummary(type: string, errors: readonly UnsentError[]) {
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
  // Where the reason begins with the line as well, once is enough.
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

/** The name of the file; the folder that all files are dropped in says nothing. */
const sourceOf = ({ fileName }: UnsentError) => fileName?.split('/').at(-1) || 'a message on Kafka';
