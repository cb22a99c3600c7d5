import { formatOrigin } from '../../shared/kafka/kafka-event.ts';
import { column } from '../../shared/postgres/column.ts';
import type { Query } from '../../shared/postgres/database.ts';
import { giveUp } from '../../shared/retry/awaited-attempts.ts';
import { insertErrors } from '../record-errors/errors-table.ts';
import { orphanKeys } from './orphans.ts';
import type { FailedRecord } from './record-failed-batches.ts';

/**
 * Makes dead letters of those whose effect is owed, and returns how many. Call it in a transaction of its own: with its end, they
 * have their effect as dead letters and in no other way.
 */
export async function storeFailures(
  query: Query,
  failures: readonly FailedRecord[],
  remove: (keys: readonly string[]) => Promise<void>,
): Promise<number> {
  const { owed, certain } = await settleOffsets(query, await claimFailures(query, failures));
  // While the ledger is locked. Not what is assumed to be owed: a key could be of what has landed.
  await remove(orphanKeys(certain));
  const stored = await settleTwins(query, await settleAttempts(query, owed));
  if (stored.length > 0) await insertErrors(query, stored);
  return stored.length;
}

/** Those that were not recorded before. Notices of S3 may come twice, and batches may overlap. */
export async function claimFailures<T extends FailedRecord>(
  query: Query,
  failures: readonly T[],
): Promise<T[]> {
  const byOrigin = new Map(
    failures.map((failure) => [`${formatOrigin(failure.position)}@${failure.batchOf}`, failure]),
  );
  const rows = await query<{ origin: string }>(
    `insert into applied_origins (consumer, origin)
     select 'record-failed-batches', o.origin from unnest($1::text[]) as o(origin) order by o.origin
         on conflict do nothing
     returning origin`,
    [[...byOrigin.keys()]],
  );
  return rows.flatMap(({ origin }) => byOrigin.get(origin) ?? []);
}

interface Settled<T> {
  /** Those that have had no effect. */
  readonly owed: readonly T[];
  /** Of these, the ones of which the ledger knows it. It assumes it of what it had passed before it took note of such. */
  readonly certain: readonly T[];
}

/**
 * Asks the ledger of the consumer whose batch it was. The answer to an attempt can be lost although it was committed, and what is read
 * anew after days is too old to be tried. From here on the ledger is past them all.
 */
export async function settleOffsets<T extends FailedRecord>(
  query: Query,
  failures: readonly T[],
): Promise<Settled<T>> {
  const [settled] = await query<{ owed: number[]; certain: number[] }>(
    'select owed, certain from settle_failures($1::text[], $2::text[], $3::int[], $4::float8[])',
    [
      column(failures, 'batchOf'),
      failures.map(({ position }) => position.topic),
      failures.map(({ position }) => position.partition),
      failures.map(({ position }) => position.offset),
    ],
  );
  const at = (places: readonly number[] = []) => places.flatMap((place) => failures[place - 1] ?? []);
  return { owed: at(settled?.owed), certain: at(settled?.certain) };
}

/**
 * Those whose effect is still owed: of the retries, the ones that were awaited until now. From here on their copies, in the
 * queue or elsewhere, are void: only what becomes of the dead letter takes effect.
 */
export async function settleAttempts<T extends FailedRecord>(
  query: Query,
  failures: readonly T[],
): Promise<T[]> {
  const attempts = failures.flatMap(({ attempt }) => (attempt ? [attempt] : []));
  const givenUp = new Set(attempts.length > 0 ? await giveUp(query, attempts) : []);
  return failures.filter(({ attempt }) => attempt === null || givenUp.has(attempt));
}

/**
 * Those of which no copy has had the effect: a producer sends again what it got no answer for, and a redrive what it did not mark. From
 * here on copies that come behind are void.
 */
async function settleTwins<T extends FailedRecord>(query: Query, failures: readonly T[]): Promise<T[]> {
  const known = failures.flatMap((failure) => (failure.identity ? [{ failure, ...failure.identity }] : []));
  if (known.length === 0) return [...failures];
  const [settled] = await query<{ owed: number[] }>(
    'select owed from settle_twins($1::text[], $2::text[], $3::int[], $4::float8[], $5::text[], $6::text[], $7::float8[])',
    [
      known.map(({ failure }) => failure.batchOf),
      known.map(({ failure }) => failure.position.topic),
      known.map(({ failure }) => failure.position.partition),
      known.map(({ failure }) => failure.position.offset),
      column(known, 'id'),
      known.map(({ source }) => source ?? null),
      known.map(({ row }) => row ?? null),
    ],
  );
  const standing = new Set(settled?.owed.map((place) => known[place - 1]?.failure));
  return failures.filter((failure) => failure.identity === null || standing.has(failure));
}
