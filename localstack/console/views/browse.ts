import { Refused } from '../server.ts';
import type { Message, Range } from './read-ranges.ts';
import { utcMs } from './times.ts';

/** What records of a topic to show. */
export interface Browse {
  readonly topic: string;
  /** Undefined: all, or the one of the key. */
  readonly partition: number | undefined;
  readonly from: 'newest' | 'oldest' | 'offset' | 'time';
  readonly offset: number;
  readonly timeMs: number;
  /** The whole key; empty for any. */
  readonly key: string;
  /** Part of the value; empty for any. */
  readonly text: string;
  readonly limit: number;
}

interface Ends {
  readonly partition: number;
  /** The oldest offset that the broker has, and the one after the newest. */
  readonly low: number;
  readonly high: number;
}

const starts = ['newest', 'oldest', 'offset', 'time'] as const;
const maxRecords = 200;
/** With a filter, the newest records are looked for among this many of each partition. */
const searchedRecords = 20_000;

/** @throws Refused for a value that makes no sense */
export function readBrowse(parameters: URLSearchParams): Browse {
  const text = (name: string) => parameters.get(name) ?? '';
  const from = starts.find((start) => start === (text('from') || 'newest'));
  if (!from) throw new Refused(400, `from=${text('from')}: use ${starts.join(', ')}.`);
  const timeMs = from === 'time' ? utcMs(text('time')) : 0;
  if (Number.isNaN(timeMs))
    throw new Refused(400, `${text('time')} is no time: write 2024-08-01 12:00:00, in UTC.`);
  return {
    topic: text('topic'),
    partition: text('partition') === '' ? undefined : wholeNumber(text('partition'), 'partition'),
    from,
    offset: from === 'offset' ? wholeNumber(text('offset'), 'offset') : 0,
    timeMs,
    key: text('key'),
    text: text('text'),
    limit: Math.min(maxRecords, wholeNumber(text('limit') || '50', 'limit')),
  };
}

function wholeNumber(text: string, name: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0)
    throw new Refused(400, `The ${name} "${text}" is no whole number.`);
  return value;
}

/** The offsets to read of each partition. `firstAt`: the first one of a time, -1 when all are earlier. */
export function rangesOf(
  { from, offset, limit, key, text }: Browse,
  ends: readonly Ends[],
  firstAt: ReadonlyMap<number, number>,
): Range[] {
  const newest = key === '' && text === '' ? limit : searchedRecords;
  const begin = {
    newest: ({ high }: Ends) => high - newest,
    oldest: () => 0,
    offset: () => offset,
    time: ({ partition, high }: Ends) => {
      const first = firstAt.get(partition) ?? -1;
      return first < 0 ? high : first;
    },
  }[from];
  return ends
    .map((each) => ({ partition: each.partition, from: Math.max(each.low, begin(each)), to: each.high }))
    .filter((range) => range.from < range.to);
}

export const matcherOf =
  ({ key, text }: Pick<Browse, 'key' | 'text'>) =>
  (message: Pick<Message, 'key' | 'value'>): boolean =>
    (key === '' || message.key?.toString() === key) &&
    (text === '' || (message.value?.includes(text) ?? false));
