/** A channel shows `blocks`, a notification shows `text`. https://docs.slack.dev/block-kit/ */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Verbatim: Slack turns no plain text into links or mentions. */
type Text = { readonly type: 'mrkdwn'; readonly text: string; readonly verbatim: true };
export type Block =
  | { readonly type: 'header'; readonly text: { readonly type: 'plain_text'; readonly text: string } }
  | { readonly type: 'section'; readonly text: Text }
  | { readonly type: 'context'; readonly elements: readonly Text[] };

/** Slack accepts 3,000 characters in a text, 10 texts in a context and 50 blocks in a message. */
const textChars = 3_000;
const contextTexts = 10;

const mrkdwn = (text: string): Text => ({ type: 'mrkdwn', text, verbatim: true });

export const header = (text: string): Block => ({ type: 'header', text: { type: 'plain_text', text } });
export const context = (...texts: string[]): Block => ({ type: 'context', elements: texts.map(mrkdwn) });

/**
 * A title with as many lines as fit. `rest` is the last line for the others; `left` counts lines omitted
 * before.
 */
export function section(
  title: string,
  lines: readonly string[] = [],
  rest: (count: number) => string = () => '',
  left = 0,
): Block {
  const room = textChars - 100;
  let text = title;
  for (const [index, line] of lines.entries()) {
    if (text.length + line.length > room) return section(text, [], rest, left + lines.length - index);
    text += `\n${line}`;
  }
  return { type: 'section', text: mrkdwn(left > 0 ? `${text}\n${rest(left)}` : text) };
}

/** Text from outside, shortened, with the characters escaped that have a meaning for Slack. */
export function escapeText(text: string, maxChars = 200): string {
  const short = text.length > maxChars ? `${text.slice(0, maxChars - 1)}…` : text;
  // https://docs.slack.dev/messaging/formatting-message-text/#escaping
  return short.toWellFormed().replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

export const formatTime = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

export const countOf = (count: number, one: string, many = `${one}s`) =>
  count === 1 ? `1 ${one}` : `${count} ${many}`;

/** The last block of a message: the ids of its rows, and a warning if the message may be a repetition. */
export const rowIds = (name: string, ids: readonly string[], options: RowIdOptions): Block =>
  idRanges(name, ranges(ids), options);

interface RowIdOptions {
  readonly mayRepeat: boolean;
  readonly details?: readonly string[];
}

/** The same, of ranges of ids: `1–3`. */
export function idRanges(
  name: string,
  ranges: readonly string[],
  { mayRepeat, details = [] }: RowIdOptions,
): Block {
  const warning = mayRepeat
    ? [':warning: May repeat an earlier message: it is unknown whether Slack accepted that one.']
    : [];
  const before = [...warning, ...details];
  const parts = split(ranges, textChars - 100).map((part) => `${name} ${part}`);
  return context(...before, ...parts.slice(0, contextTexts - before.length));
}

/** "1–3, 7" */
function ranges(ids: readonly string[]): string[] {
  const found: [bigint, bigint][] = [];
  for (const id of ids.map(BigInt).sort((a, b) => Number(a - b))) {
    const last = found.at(-1);
    if (last && id === last[1] + 1n) last[1] = id;
    else found.push([id, id]);
  }
  return found.map(rangeOf);
}

export const rangeOf = ([from, to]: readonly [bigint | number, bigint | number]): string =>
  from === to ? `${from}` : `${from}–${to}`;

function split(parts: readonly string[], maxChars: number): string[] {
  const texts: string[] = [];
  let text = '';
  for (const part of parts) {
    if (text.length + part.length + 2 > maxChars) {
      texts.push(text);
      text = '';
    }
    text += text === '' ? part : `, ${part}`;
  }
  return [...texts, text];
}
