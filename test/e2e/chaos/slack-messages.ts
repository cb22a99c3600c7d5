import { setTimeout as delay } from 'node:timers/promises';
import type { Endpoints } from '../../../localstack/endpoints.ts';
import { isObject, type Json } from '../../../localstack/slack-inbox/block-kit.ts';
import { parsePost } from '../../../localstack/slack-inbox/payload.ts';

const everyMs = 5_000;

/** Gathers every message to Slack. The inbox itself keeps the last 500 only, and may get one a second. */
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
    /** Returns all messages. @throws Error when the inbox dropped a message before it was read */
    stop: async (): Promise<readonly Json[]> => {
      stopped.abort();
      await reading;
      const total = await read();
      if (gathered.size !== total) throw new Error(`gathered ${gathered.size} of ${total} messages to Slack`);
      return [...gathered.values()];
    },
    close: () => stopped.abort(),
  };
}

/**
 * The rows reported to Slack (`alert 3`, `error 7`), once per message. A message marked as a possible
 * repetition counts only for rows in no other message.
 */
export function reportedRows(messages: readonly Json[]): string[] {
  const reported = messages.map(readMessage);
  const certain = reported.filter(({ mayRepeat }) => !mayRepeat).flatMap(({ rows }) => rows);
  const known = new Set(certain);
  const repeated = new Set(reported.filter(({ mayRepeat }) => mayRepeat).flatMap(({ rows }) => rows));
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

/** Parses "alerts 1–3, 7"; any other text gives no rows. */
function rowsNamed(text: string): string[] {
  const [, table, ids] = /^(alert|error)s? ([\d–, ]+)$/.exec(text) ?? [];
  return (ids?.split(', ') ?? []).flatMap((range) => {
    const [from = 0, to = from] = range.split('–').map(Number);
    return Array.from({ length: to - from + 1 }, (_, place) => `${table} ${from + place}`);
  });
}
