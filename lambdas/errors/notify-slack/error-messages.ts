import { type ErrorType, isErrorType } from '../../shared/wire/error-record.ts';
import { countOf, escapeText, header, idRanges, rangeOf, type SlackMessage, section } from './blocks.ts';
import type { ErrorCause, ErrorDigest } from './error-digest.ts';
import type { UnsentDigest } from './error-digests-table.ts';
import type { ComposeOptions } from './notify-slack.ts';

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

/** A digest is a message of its own. */
export const groupDigests = (digests: readonly UnsentDigest[]): UnsentDigest[][] =>
  digests.map((digest) => [digest]);

export function composeDigests([unsent]: readonly UnsentDigest[], options: ComposeOptions): SlackMessage {
  if (unsent === undefined) throw new Error('Composing a digest failed: there is none');
  return composeDigest(unsent.digest, options);
}

export function composeDigest(digest: ErrorDigest, options: ComposeOptions): SlackMessage {
  const { errors, types, fileCount, ids } = digest;
  const title =
    fileCount === 1
      ? `${records(errors)} rejected`
      : `${records(errors)} rejected from ${countOf(fileCount, 'source')}`;
  const others = errors - types.reduce((sum, type) => sum + type.errors, 0);
  const firstTypes = types.slice(0, 3).map(({ type, errors }) => `${titleOf(type)} ${shown(errors)}`);
  return {
    text: `${title}: ${firstTypes.join(', ')}`,
    blocks: [
      header(title),
      ...types.map(typeSummary),
      ...(others > 0 ? [section(`and ${records(others)} of other types`)] : []),
      sourceSummary(digest),
      idRanges(errors === 1 ? 'error' : 'errors', ids.map(rangeOf), options),
    ],
  };
}

const shown = (count: number) => count.toLocaleString('en');
const records = (count: number) => (count === 1 ? '1 record' : `${shown(count)} records`);

function typeSummary({ type, errors, causes, causeCount }: ErrorDigest['types'][number]) {
  const lines = causes.map((cause) =>
    errors === cause.errors && errors === 1
      ? `• ${example(cause)}`
      : `• ${causeTitle(cause)}${example(cause)}`,
  );
  return section(
    `:no_entry: *${titleOf(type)}*: ${shown(errors)}`,
    lines,
    (count) => `• and ${countOf(count, 'other cause')}`,
    causeCount - lines.length,
  );
}

function causeTitle({ fields, errors }: ErrorCause): string {
  const names = fields.length === 0 ? '' : ` in ${escapeText(fields.join(', '), 100)}`;
  return `${shown(errors)}${names}, such as `;
}

function example({ reason, location, file, line }: ErrorCause): string {
  const where = [nameOf(file), line && `line ${line}`, location]
    .filter((part) => part !== null && part !== '')
    .map((part) => escapeText(String(part), 60));
  // The reason of a bad row repeats its line number.
  return `${where.join(', ')}: ${escapeText(reason.replace(/^line \d+: /, ''))}`;
}

function sourceSummary({ files, fileCount, types }: ErrorDigest) {
  const lines = files.map(({ file, errors }) => `• ${escapeText(nameOf(file), 120)}: ${shown(errors)}`);
  return section(
    `*From*, to look: \`${lookCommand(files, types)}\``,
    lines,
    (count) => `• and ${countOf(count, 'more source')}`,
    fileCount - lines.length,
  );
}

/** Only of a name that a shell takes as it is: whoever copies the command runs it. */
const plainName = /^[\w./-]{1,120}$/;

function lookCommand(files: ErrorDigest['files'], types: ErrorDigest['types']): string {
  const [name, type] = [nameOf(files[0]?.file ?? null), types[0]?.type ?? ''];
  const command = 'npm run errors -- summary';
  if (files.length === 1 && files[0]?.file && plainName.test(name)) return `${command} --file ${name}`;
  return types.length === 1 && plainName.test(type) ? `${command} --type ${type}` : command;
}

/** The name of the file, without the folder in which all files are dropped. */
const nameOf = (file: string | null): string => file?.split('/').at(-1) || 'a message on Kafka';
