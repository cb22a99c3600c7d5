import { randomUUID } from 'node:crypto';
import { escapeText, rowsTold, type SlackMessage, section } from './blocks.ts';

/** What sending needs to know of a row that Slack has not been told of. */
export interface OutboxRow {
  readonly id: string;
  /** How often Slack has refused a message that told of this row alone. */
  readonly refusals: number;
  /** The message that told of it when a sender ended without knowing whether Slack took it. */
  readonly doubtfulMessage: string | null;
}

export interface Repetition {
  readonly repeats: boolean;
}

/** Rows that one sender holds. A claim ends with its lease; another sender's claim has another token. */
interface Claim<Row> {
  readonly token: string;
  readonly rows: readonly Row[];
}

/** What became of rows: whether Slack was told, and whether they are to come again. */
export type Ending = 'told' | 'not-told' | 'maybe-told' | 'refused' | 'given-up' | 'not-tried';

export interface OutboxTable<Row extends OutboxRow> {
  /** Takes up to `limit` unsent rows that no other sender holds, and holds them for `leaseMs`. */
  claim(limit: number, leaseMs: number): Promise<Claim<Row>>;
  /**
   * Notes which message the rows are about to go into, or with null that they are in none, and returns those of them that
   * the claim still holds.
   */
  announce(token: string, rows: readonly Row[], message: string | null): Promise<Row[]>;
  /** Ends the hold on those of the rows that the claim still holds, and returns how many that were. */
  settle(token: string, rows: readonly Row[], ending: Ending): Promise<number>;
}

/** A kind of rows, where they lie, and how they are told. */
export interface Outbox<Row extends OutboxRow> extends OutboxTable<Row> {
  readonly name: string;
  /** Which rows share a message. */
  readonly group: (rows: readonly Row[]) => Row[][];
  readonly compose: (rows: readonly Row[], repetition: Repetition) => SlackMessage;
}

/** What Slack did with a message. `refused`: it never takes this one; `unanswered`: it may have taken it. */
export type Answer =
  | { readonly result: 'taken' }
  | { readonly result: 'later'; readonly retryAfterMs: number }
  | { readonly result: 'refused' | 'failed' | 'unanswered'; readonly error: Error };

export interface Ports {
  readonly send: (message: SlackMessage) => Promise<Answer>;
  /** Takes the next turn of all senders if it comes within so many milliseconds, and says in how many it does. */
  readonly takeTurn: (withinMs: number) => Promise<number | undefined>;
  /** Puts off every turn that is not taken yet. */
  readonly putOffTurns: (ms: number) => Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly remainingMs: () => number;
}

export interface Told {
  readonly rows: number;
  readonly messages: number;
  readonly refused: number;
  readonly givenUp: number;
}

const digestLimit = 1_000;
/** As often may a row be refused; then a message without its words says that it is given up. */
const refusalLimit = 3;
/** What one more message needs: the request and the mark. Below it, the rest waits for the next run. */
const reserveMs = 10_000;

/**
 * Tells Slack of every unsent row. Each is held by a lease that outlives this run, and marked as soon as Slack has taken it.
 * Throws, with the rows given back, when Slack cannot be told.
 */
export async function notifySlack<Row extends OutboxRow>(outbox: Outbox<Row>, ports: Ports): Promise<Told> {
  const told = { rows: 0, messages: 0, refused: 0, givenUp: 0 };
  for (;;) {
    const claim = await outbox.claim(digestLimit, ports.remainingMs() + reserveMs);
    try {
      for (const { rows, repeated } of messagesOf(claim.rows, outbox)) {
        await tell(rows, repeated, { outbox, ports, told, token: claim.token });
      }
    } catch (error) {
      // Should this fail as well, the lease ends by itself.
      await outbox.settle(claim.token, claim.rows, 'not-tried').catch(() => undefined);
      throw error;
    }
    if (claim.rows.length < digestLimit) return told;
  }
}

/** What may be a repetition is told as it was, and apart from what is new. */
function messagesOf<Row extends OutboxRow>(
  rows: readonly Row[],
  { group }: Outbox<Row>,
): { rows: Row[]; repeated: string | null }[] {
  const byMessage = Map.groupBy(rows, ({ doubtfulMessage }) => doubtfulMessage);
  return [...byMessage].flatMap(([repeated, ofMessage]) =>
    (repeated === null ? group(ofMessage) : [ofMessage]).map((together) => ({ rows: together, repeated })),
  );
}

interface Run<Row extends OutboxRow> {
  readonly outbox: Outbox<Row>;
  readonly ports: Ports;
  readonly token: string;
  readonly told: { -readonly [name in keyof Told]: number };
}

async function tell<Row extends OutboxRow>(
  rows: readonly Row[],
  repeated: string | null,
  run: Run<Row>,
): Promise<void> {
  const { outbox, ports, told, token } = run;
  await waitForTurn(ports);
  const held = await outbox.announce(token, rows, repeated ?? randomUUID());
  if (held.length === 0) return;
  const answer = await ports.send(outbox.compose(held, { repeats: repeated !== null }));
  switch (answer.result) {
    case 'taken':
      told.rows += await outbox.settle(token, held, 'told');
      told.messages += 1;
      return;
    case 'later':
      await outbox.announce(token, held, repeated);
      await ports.putOffTurns(answer.retryAfterMs);
      return tell(held, repeated, run);
    case 'refused':
      if (held.length === 1) return bearRefusal(held, answer.error, run);
      await outbox.announce(token, held, repeated);
      return tellHalves(held, repeated, run);
    case 'failed':
    case 'unanswered':
      await outbox.settle(token, held, doubtful(repeated, answer) ? 'maybe-told' : 'not-told');
      throw answer.error;
  }
}

/** An answer to a repetition says nothing of the first time. */
const doubtful = (repeated: string | null, { result }: Answer) =>
  repeated !== null || result === 'unanswered';

/** Finds the row that Slack refuses, and tells of the others. */
async function tellHalves<Row extends OutboxRow>(
  rows: readonly Row[],
  repeated: string | null,
  run: Run<Row>,
) {
  const middle = Math.ceil(rows.length / 2);
  await tell(rows.slice(0, middle), repeated, run);
  await tell(rows.slice(middle), repeated, run);
}

async function bearRefusal<Row extends OutboxRow>(
  rows: readonly Row[],
  error: Error,
  { outbox, ports, told, token }: Run<Row>,
) {
  const refusals = 1 + (rows[0]?.refusals ?? 0);
  told.refused += 1;
  if (refusals < refusalLimit) {
    await outbox.settle(token, rows, 'refused');
    return;
  }
  await waitForTurn(ports);
  const answer = await ports.send(givenUpMessage(outbox.name, rows));
  // Slack that refuses even this is out of order: not the row is to blame.
  if (answer.result !== 'taken')
    throw new Error('Slack refuses even a message of plain words', { cause: error });
  told.givenUp += await outbox.settle(token, rows, 'given-up');
  told.messages += 1;
}

function givenUpMessage(name: string, rows: readonly OutboxRow[]): SlackMessage {
  const ids = rows.map(({ id }) => id);
  const text = `Slack has refused ${refusalLimit} times to show ${escapeText(name)} ${ids.join(', ')}: look in the database`;
  return { text, blocks: [section(`:warning: ${text}`), rowsTold(name, ids, { repeats: false })] };
}

async function waitForTurn({ takeTurn, sleep, remainingMs }: Ports): Promise<void> {
  const withinMs = remainingMs() - reserveMs;
  const ms = withinMs < 0 ? undefined : await takeTurn(withinMs);
  if (ms === undefined) throw new Error('No time left to keep to the pace of Slack');
  if (ms > 0) await sleep(ms);
}
