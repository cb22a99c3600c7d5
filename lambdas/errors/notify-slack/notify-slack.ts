import { randomUUID } from 'node:crypto';
import { escapeText, rowIds, type SlackMessage, section } from './blocks.ts';

/** The state of a row that is not sent to Slack yet. */
export interface OutboxRow {
  readonly id: string;
  /** How often Slack rejected a message with this row alone. */
  readonly rejections: number;
  /**
   * The id of a message with this row of which it is unknown whether Slack accepted it. Null if there is
   * none.
   */
  readonly unconfirmedMessage: string | null;
}

export interface ComposeOptions {
  /** Slack may have accepted the same message before. */
  readonly mayRepeat: boolean;
}

/** Rows that one sender holds until the lease ends. The token tells its claim from those of other senders. */
interface Claim<Row> {
  readonly token: string;
  readonly rows: readonly Row[];
}

/** The outcome for claimed rows. Rows that are neither `sent` nor `given-up` can be claimed again. */
export type Outcome = 'sent' | 'not-sent' | 'unconfirmed' | 'rejected' | 'given-up' | 'not-tried';

export interface OutboxTable<Row extends OutboxRow> {
  /** Takes up to `limit` unsent rows that no other sender holds, and holds them for `leaseMs`. */
  claim(limit: number, leaseMs: number): Promise<Claim<Row>>;
  /**
   * Stores the id of the message that is about to be sent with these rows, or null to undo that. Returns the
   * rows that the claim still holds.
   */
  assign(token: string, rows: readonly Row[], messageId: string | null): Promise<Row[]>;
  /** Stores the outcome of rows that the claim still holds, and releases them. Returns how many they were. */
  settle(token: string, rows: readonly Row[], outcome: Outcome): Promise<number>;
}

/** A table of unsent rows, and how they become messages. */
export interface Outbox<Row extends OutboxRow> extends OutboxTable<Row> {
  readonly name: string;
  /** The rows of each message. */
  readonly group: (rows: readonly Row[]) => Row[][];
  readonly compose: (rows: readonly Row[], options: ComposeOptions) => SlackMessage;
}

/** Slack's answer. `rejected`: it never accepts this message. `unconfirmed`: it may have accepted it. */
export type Answer =
  | { readonly result: 'accepted' }
  | { readonly result: 'rate-limited'; readonly retryAfterMs: number }
  | { readonly result: 'rejected' | 'failed' | 'unconfirmed'; readonly error: Error };

export interface Ports {
  readonly send: (message: SlackMessage) => Promise<Answer>;
  /**
   * Takes the next turn of all senders and returns the wait for it in ms; undefined if that is more than
   * `withinMs`.
   */
  readonly takeTurn: (withinMs: number) => Promise<number | undefined>;
  /** Delays every turn that is not taken yet. */
  readonly postponeTurns: (ms: number) => Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly remainingMs: () => number;
}

export interface SentCounts {
  readonly rows: number;
  readonly messages: number;
  readonly rejected: number;
  readonly givenUp: number;
}

const claimLimit = 1_000;
/** After so many rejections of a row, a message without its text says that the row is given up. */
const rejectionLimit = 3;
/**
 * Time for one more message: the request and the update of its rows. With less left, the rest waits for the
 * next run.
 */
const reserveMs = 10_000;

/**
 * Sends every unsent row to Slack. A lease that outlives this run holds each row, and the row is marked as
 * soon as Slack accepts its message. When Slack cannot be reached, releases the rows and throws.
 */
export async function notifySlack<Row extends OutboxRow>(
  outbox: Outbox<Row>,
  ports: Ports,
): Promise<SentCounts> {
  const counts = { rows: 0, messages: 0, rejected: 0, givenUp: 0 };
  for (;;) {
    const claim = await outbox.claim(claimLimit, ports.remainingMs() + reserveMs);
    try {
      for (const { rows, unconfirmed } of messagesOf(claim.rows, outbox)) {
        await sendRows(rows, unconfirmed, { outbox, ports, counts, token: claim.token });
      }
    } catch (error) {
      // If this fails too, the rows are free when the lease ends.
      await outbox.settle(claim.token, claim.rows, 'not-tried').catch(() => undefined);
      throw error;
    }
    if (claim.rows.length < claimLimit) return counts;
  }
}

/** Rows of an unconfirmed message are sent again together, without new rows. */
function messagesOf<Row extends OutboxRow>(
  rows: readonly Row[],
  { group }: Outbox<Row>,
): { rows: Row[]; unconfirmed: string | null }[] {
  const byMessage = Map.groupBy(rows, ({ unconfirmedMessage }) => unconfirmedMessage);
  return [...byMessage].flatMap(([unconfirmed, ofMessage]) =>
    (unconfirmed === null ? group(ofMessage) : [ofMessage]).map((together) => ({
      rows: together,
      unconfirmed,
    })),
  );
}

interface Run<Row extends OutboxRow> {
  readonly outbox: Outbox<Row>;
  readonly ports: Ports;
  readonly token: string;
  readonly counts: { -readonly [name in keyof SentCounts]: number };
}

async function sendRows<Row extends OutboxRow>(
  rows: readonly Row[],
  unconfirmed: string | null,
  run: Run<Row>,
): Promise<void> {
  const { outbox, ports, counts, token } = run;
  await waitForTurn(ports);
  const held = await outbox.assign(token, rows, unconfirmed ?? randomUUID());
  if (held.length === 0) return;
  const answer = await ports.send(outbox.compose(held, { mayRepeat: unconfirmed !== null }));
  switch (answer.result) {
    case 'accepted':
      counts.rows += await outbox.settle(token, held, 'sent');
      counts.messages += 1;
      return;
    case 'rate-limited':
      await outbox.assign(token, held, unconfirmed);
      await ports.postponeTurns(answer.retryAfterMs);
      return sendRows(held, unconfirmed, run);
    case 'rejected':
      if (held.length === 1) return handleRejection(held, answer.error, run);
      await outbox.assign(token, held, unconfirmed);
      return sendHalves(held, unconfirmed, run);
    case 'failed':
    case 'unconfirmed':
      await outbox.settle(token, held, isUnconfirmed(unconfirmed, answer) ? 'unconfirmed' : 'not-sent');
      throw answer.error;
  }
}

/** An earlier unconfirmed message stays unconfirmed, whatever the answer to its repetition. */
const isUnconfirmed = (earlier: string | null, { result }: Answer) =>
  earlier !== null || result === 'unconfirmed';

/** Finds the row that Slack rejects, and sends the others. */
async function sendHalves<Row extends OutboxRow>(
  rows: readonly Row[],
  unconfirmed: string | null,
  run: Run<Row>,
) {
  const middle = Math.ceil(rows.length / 2);
  await sendRows(rows.slice(0, middle), unconfirmed, run);
  await sendRows(rows.slice(middle), unconfirmed, run);
}

async function handleRejection<Row extends OutboxRow>(
  rows: readonly Row[],
  error: Error,
  { outbox, ports, counts, token }: Run<Row>,
) {
  const rejections = 1 + (rows[0]?.rejections ?? 0);
  counts.rejected += 1;
  if (rejections < rejectionLimit) {
    await outbox.settle(token, rows, 'rejected');
    return;
  }
  await waitForTurn(ports);
  const answer = await ports.send(givenUpMessage(outbox.name, rows));
  // The cause is Slack and not the row if Slack does not accept this message either.
  if (answer.result !== 'accepted')
    throw new Error('Slack rejects even a message of plain text: check the webhook', { cause: error });
  counts.givenUp += await outbox.settle(token, rows, 'given-up');
  counts.messages += 1;
}

function givenUpMessage(name: string, rows: readonly OutboxRow[]): SlackMessage {
  const ids = rows.map(({ id }) => id);
  const which = `${escapeText(name)} ${ids.join(', ')}`;
  const text = `Slack rejected ${which} ${rejectionLimit} times: see the row in the database`;
  return { text, blocks: [section(`:warning: ${text}`), rowIds(name, ids, { mayRepeat: false })] };
}

async function waitForTurn({ takeTurn, sleep, remainingMs }: Ports): Promise<void> {
  const withinMs = remainingMs() - reserveMs;
  const ms = withinMs < 0 ? undefined : await takeTurn(withinMs);
  if (ms === undefined) throw new Error("No time is left to wait for a turn within Slack's rate limit");
  if (ms > 0) await sleep(ms);
}
