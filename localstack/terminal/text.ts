import { stripVTControlCharacters, styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours a text, or leaves it alone. */
export type Paint = (style: Style, text: string) => string;

/** The stream is not asked: the caller has decided about colour. */
export const painter =
  (colour: boolean): Paint =>
  (style, text) =>
    colour ? styleText(style, text, { validateStream: false }) : text;

const wide =
  /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;
const combining = /\p{Mark}/u;

const columnsOfChar = (char: string): number => (combining.test(char) ? 0 : wide.test(char) ? 2 : 1);

/** The terminal columns that a text takes: none for colour and accents, two for a Hangul syllable. */
export const columns = (text: string): number => {
  let sum = 0;
  for (const char of stripVTControlCharacters(text)) sum += columnsOfChar(char);
  return sum;
};

const colourCode = new RegExp(`(${String.fromCharCode(27)}\\[[\\d;]*m)`);

/** Cuts a text, colour codes and all, to at most `width` columns; a cut shows as an ellipsis. */
export const cut = (text: string, width: number): string => {
  if (columns(text) <= width) return text;
  const parts = text.split(colourCode);
  let left = width - 1;
  const shortened = parts.map((part, i) => {
    if (i % 2) return part;
    let kept = '';
    for (const char of part) {
      left -= columnsOfChar(char);
      if (left < 0) return kept;
      kept += char;
    }
    return kept;
  });
  return width < 1 ? '' : `${shortened.join('')}…`;
};

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

/** The latest `width` numbers as bars, the highest of them full. */
export const sparkline = (numbers: readonly number[], width: number): string => {
  const shown = numbers.slice(-Math.max(1, width));
  const peak = Math.max(...shown, 1);
  return shown.map((n) => bars[Math.ceil((Math.max(0, n) / peak) * (bars.length - 1))]).join('');
};

/** What the sensor does, by the hour that it watches (2024-07-01T12). */
export const formatSensor = (watchedHour: string | undefined): string =>
  watchedHour === undefined
    ? 'does not run'
    : `tells Slack of what is left, ${watchedHour.slice(11)}:00 to ${watchedHour.slice(11)}:59 UTC`;
