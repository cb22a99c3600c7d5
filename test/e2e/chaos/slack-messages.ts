import { setTimeout as delay } from 'node:timers/promises';
import type { Endpoints } from '../../../localstack/endpoints.ts';
import { isObject, type Json } from '../../../localstack/slack-inbox/block-kit.ts';
import { parsePost } from '../../../localstack/slack-inbox/payload.ts';

const everyMs = 5_000;

/** Gathers every message that Slack gets: the inbox itself forgets all but the last 500, and may get one a second. */
export function gatherMessages({ slackInboxUrl }: Pick<Endpoints, 'slackInboxUrl'>) {
  const gathered = new Map<number, Json>();
  const stopped = new AbortController();

  const read = async (): Promise<number> => {
    const response = await fetch(`${slackInboxUrl}/messages`);
    const messages: unknown = await response.json();
    for (const message of Array.isArray(messages) ? messages : [])
      if (isObject(message) && isObject(message.payload)) gathered.set(Number(message.id), message.payload);
    return Number(response.headers.get('x-total-count'));
  };
  const reading = (async () => {
    for (
      ;
      !stopped.signal.aborted;
      await delay(everyMs, undefined, { signal: stopped.signal }).catch(() => {})
    )
      await read();
  })();
  reading.catch(() => undefined); // reported by `stop`

  return {
    /** Answers all there have been. @throws Error when some were missed */
    stop: async (): Promise<readonly Json[]> => {
      stopped.abort();
      await reading;
      const total = await read();
      if (gathered.size !== total)
        throw new Error(`of ${total} messages to Slack ${gathered.size} were gathered`);
      return [...gathered.values()];
    },
    close: () => stopped.abort(),
  };
}

/**
 * The rows that Slack was told of (`alert 3`, `error 7`), as often as it was. A message that says of itself that it may be a
 * repetition counts only for rows that no other message tells of.
 */
export function rowsTold(messages: readonly Json[]): string[] {
  const told = messages.map(readMessage);
  const certain = told.filter(({ mayRepeat }) => !mayRepeat).flatMap(({ rows }) => rows);
  const known = new Set(certain);
  const repeated = new Set(told.filter(({ mayRepeat }) => mayRepeat).flatMap(({ rows }) => rows));
  return [...certain, ...[...repeated].filter((row) => !known.has(row))];
}

function readMessage(payload: Json): { rows: string[]; mayRepeat: boolean } {
  const last = parsePost(payload).blocks.at(-1);
  const texts = last?.type === 'context' ? last.elements.map(({ text }) => text) : [];
  return {
    rows: texts.flatMap(rowsNamed),
    mayRepeat: texts.some((text) => text.includes('May repeat an earlier message')),
  };
}

/** Reads "alerts 1–3, 7"; any other text names no rows. */
function rowsNamed(text: string): string[] {
  const [, table, ids] = /^(alert|error)s? ([\d–, ]+)$/.exec(text) ?? [];
  return (ids?.split(', ') ?? []).flatMap((range) => {
    const [from = 0, to = from] = range.split('–').map(Number);
    return Array.from({ length: to - from + 1 }, (_, place) => `${table} ${from + place}`);
  });
}
