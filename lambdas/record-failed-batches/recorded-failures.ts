import { giveUp } from '../retry-observations/awaited-attempts.ts';
import type { Query } from '../shared/database.ts';
import { formatOrigin } from '../shared/kafka-event.ts';
import type { FailedRecord } from './record-failed-batches.ts';

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
