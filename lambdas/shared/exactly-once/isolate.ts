import { isOutage } from '../failures/failures.ts';
import type { KafkaRecord } from '../kafka/kafka-event.ts';
import type { Apply } from './apply.ts';

/** More than this in one batch is no longer the fault of records: a bug must hold the stream, not empty it. */
export const maxCulprits = 16;

/**
 * The same work, for a batch of which some record fails: finds the records that fail by themselves, by halves and without
 * keeping any effect, defers them, and does the rest. Throws when that does not help.
 */
export function isolating<Effect>(apply: Apply<Effect>): Apply<Effect> {
  return async (partitions, query, defer) => {
    const only = (records: ReadonlySet<KafkaRecord>) =>
      partitions.map((each) => ({ ...each, records: each.records.filter((record) => records.has(record)) }));

    const failureOf = async (records: readonly KafkaRecord[]): Promise<Error | undefined> => {
      await query('savepoint probe');
      try {
        await apply(only(new Set(records)), query, () => {});
        return undefined;
      } catch (error) {
        if (!(error instanceof Error) || isOutage(error)) throw error;
        return error;
      } finally {
        await query('rollback to savepoint probe');
        // Else each probe would lie within the one before, until the transaction ends.
        await query('release savepoint probe');
      }
    };

    const rest = new Set(partitions.flatMap(({ records }) => records));
    let culprits = 0;
    const search = async (records: readonly KafkaRecord[]): Promise<void> => {
      const failure = await failureOf(records);
      if (!failure) return;
      const [record] = records;
      if (record && records.length === 1) {
        culprits += 1;
        if (culprits > maxCulprits) throw failure;
        rest.delete(record);
        defer(record, failure);
        return;
      }
      const middle = Math.ceil(records.length / 2);
      await search(records.slice(0, middle));
      await search(records.slice(middle));
    };
    await search([...rest]);
    return apply(only(rest), query, defer);
  };
}
