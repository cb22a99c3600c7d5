import { isOutage } from '../failures/failures.ts';
import type { KafkaRecord } from '../kafka/kafka-event.ts';
import type { Apply } from './apply.ts';

/**
 * If more records of a batch fail, the cause is a bug and not the records: the batch must be retried, not
 * emptied.
 */
export const maxFailingRecords = 16;

/**
 * The same work, for a batch that failed. It searches by halves for the records that fail on their own,
 * rolling back each try. It defers them and applies the rest.
 *
 * @throws Error when more than `maxFailingRecords` fail, or the rest fails together
 */
export function isolateFailures<Effect>(apply: Apply<Effect>): Apply<Effect> {
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
        // Otherwise each savepoint nests in the one before, until the transaction ends.
        await query('release savepoint probe');
      }
    };

    const rest = new Set(partitions.flatMap(({ records }) => records));
    let failing = 0;
    const search = async (records: readonly KafkaRecord[]): Promise<void> => {
      const failure = await failureOf(records);
      if (!failure) return;
      const [record] = records;
      if (record && records.length === 1) {
        failing += 1;
        if (failing > maxFailingRecords) throw failure;
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
