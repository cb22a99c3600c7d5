import { readLedger } from '../../shared/exactly-once/ledger.ts';
import { type PlacesOfPartition, refuseTopicMadeAnew } from '../../shared/exactly-once/made-anew.ts';
import { formatOrigin } from '../../shared/kafka/kafka-event.ts';
import { column } from '../../shared/postgres/column.ts';
import type { Query } from '../../shared/postgres/database.ts';
import { giveUp } from '../../shared/retry/awaited-attempts.ts';
import { insertErrors } from '../record-errors/errors-table.ts';
import { orphanKeys } from './orphans.ts';
import type { FailedRecord } from './record-failed-batches.ts';

/**
 * Stores a dead letter for each record that was not applied, and returns how many. Call it in a transaction
 * of its own: after its commit, these records take effect as dead letters only.
 *
 * @throws TopicMadeAnew for records that only seem to be applied or recorded
 */
export async function storeFailures(
  query: Query,
  failures: readonly FailedRecord[],
  remove: (keys: readonly string[]) => Promise<void>,
): Promise<number> {
  await refuseOthers(query, failures);
  const notApplied = await skipDiscarded(query, await claimFailures(query, failures));
  // While the ledger is locked, so that no attempt writes these objects again.
  await remove(orphanKeys(notApplied));
  const stored = await dropAlreadyApplied(query, await giveUpRetries(query, notApplied));
  if (stored.length > 0) await insertErrors(query, stored);
  return stored.length;
}

/**
 * Comes before any lock: two of these functions must lock the failures first, and then the ledger. The ledger
 * may advance meanwhile, which changes nothing for the records below it.
 */
async function refuseOthers(query: Query, failures: readonly FailedRecord[]): Promise<void> {
  for (const [consumer, ofConsumer] of Map.groupBy(failures, ({ batchOf }) => batchOf)) {
    const partitions = placesOf(ofConsumer);
    const ledger = await readLedger(query, consumer, partitions);
    await refuseTopicMadeAnew(query, consumer, partitions, ledger);
  }
}

function placesOf(failures: readonly FailedRecord[]): PlacesOfPartition[] {
  const places = failures.map(({ position, sentAtMs }) => ({ ...position, timestampMs: sentAtMs }));
  const byPartition = Map.groupBy(places, ({ topic, partition }) => `${topic}/${partition}`);
  return [...byPartition.values()].flatMap((records) => {
    const [first] = records;
    return first ? [{ topic: first.topic, partition: first.partition, records }] : [];
  });
}

/**
 * Returns the failures that were not recorded before. S3 may send a notice twice, and batches may overlap.
 */
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

/**
 * Returns the failures that their consumer has not applied, and advances its ledger past all of them. A
 * discarded batch may have been committed: the answer to its last attempt was lost, or its records were read
 * again when they were too old.
 */
export async function skipDiscarded<T extends FailedRecord>(
  query: Query,
  failures: readonly T[],
): Promise<T[]> {
  const [result] = await query<{ not_applied: number[] }>(
    'select not_applied from skip_discarded_records($1::text[], $2::text[], $3::int[], $4::float8[], $5::float8[])',
    [
      column(failures, 'batchOf'),
      failures.map(({ position }) => position.topic),
      failures.map(({ position }) => position.partition),
      failures.map(({ position }) => position.offset),
      column(failures, 'sentAtMs'),
    ],
  );
  return (result?.not_applied ?? []).flatMap((position) => failures[position - 1] ?? []);
}

/**
 * Gives up the retries among the failures, and drops those that nobody expected. From then on, other copies
 * of the given up retries, in the queue or on a topic, have no effect.
 */
export async function giveUpRetries<T extends FailedRecord>(
  query: Query,
  failures: readonly T[],
): Promise<T[]> {
  const attempts = failures.flatMap(({ attempt }) => (attempt ? [attempt] : []));
  const givenUp = new Set(attempts.length > 0 ? await giveUp(query, attempts) : []);
  return failures.filter(({ attempt }) => attempt === null || givenUp.has(attempt));
}

/**
 * Drops failures whose duplicate was already applied. Duplicates come from a producer that got no answer, or
 * from a redrive that crashed before it was marked. From then on, later duplicates of the others have no
 * effect.
 */
async function dropAlreadyApplied<T extends FailedRecord>(
  query: Query,
  failures: readonly T[],
): Promise<T[]> {
  const known = failures.flatMap((failure) => (failure.identity ? [{ failure, ...failure.identity }] : []));
  if (known.length === 0) return [...failures];
  const [result] = await query<{ remaining: number[] }>(
    `select remaining
       from drop_already_applied($1::text[], $2::text[], $3::int[], $4::float8[], $5::text[], $6::text[], $7::float8[])`,
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
  const remaining = new Set(result?.remaining.map((position) => known[position - 1]?.failure));
  return failures.filter((failure) => failure.identity === null || remaining.has(failure));
}
