import { styleText } from 'node:util';
import cliTruncate from 'cli-truncate';
import stringWidth from 'string-width';

type Style = Parameters<typeof styleText>[0];

/** Colours a text, or returns it unchanged. */
export type Paint = (style: Style, text: string) => string;

/** Paints only if `colour` is set: the caller has checked the stream. */
export const painter =
  (colour: boolean): Paint =>
  (style, text) =>
    colour ? styleText(style, text, { validateStream: false }) : text;

/** How many terminal columns a text takes: none for colour codes and accents, two for a Hangul syllable. */
export const columns = (text: string): number => stringWidth(text);

/** Cuts a text, colour codes included, to at most `width` columns. A cut text ends with an ellipsis. */
export const cut = (text: string, width: number): string =>
  columns(text) <= width ? text : cliTruncate(text, Math.max(0, width));

/** Like `cut`, but leaves out the whole word that does not fit, unless it is the only one. */
export const cutAtWord = (text: string, width: number): string =>
  columns(text) <= width ? text : cut(text, width).replace(/(?<=\S)[\s,]+[^\s…]*…/, ' …');

/** Replaces control characters, so that data cannot control the terminal. Tabs and line breaks stay. */
export const visible = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this function replaces them
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');

/** Like `visible`, but tabs and line breaks become spaces. */
export const oneLine = (text: string): string => visible(text.replace(/\s*[\t\r\n]\s*/g, ' '));

export const padEnd = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - columns(text)));

export const padStart = (text: string, width: number): string =>
  ' '.repeat(Math.max(0, width - columns(text))) + text;

export const formatCount = (count: number): string => Math.round(count).toLocaleString('en');

/** 850 ms, 41.2 s, 3 min 12 s, 2 h 5 min. */
export const formatDuration = (ms: number): string => {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** The latest `width` numbers as bars, scaled to the highest. */
export const sparkline = (numbers: readonly number[], width: number): string => {
  const shown = numbers.slice(-Math.max(1, width));
  const peak = Math.max(...shown, 1);
  return shown.map((n) => bars[Math.ceil((Math.max(0, n) / peak) * (bars.length - 1))]).join('');
};

/** The state of the sensor, given the hour that it covers (2024-07-01T12), in words that fit into `room`. */
export const formatSensor = (watchedHour: string | undefined, room = 80): string => {
  if (watchedHour === undefined) return 'not running';
  const hour = watchedHour.slice(11);
  const forms = [
    `sends pending alerts and errors to Slack, ${hour}:00 to ${hour}:59 UTC`,
    `sends to Slack until ${hour}:59 UTC`,
  ];
  return forms.find((form) => columns(form) <= room) ?? `until ${hour}:59 UTC`;
};
