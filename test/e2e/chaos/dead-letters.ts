import type { KafkaMessage } from 'kafkajs';
import { formatOrigin } from '../../../lambdas/shared/kafka/kafka-event.ts';
import { topics } from '../../../lambdas/shared/kafka/topics.ts';

/** The error row of a record in a batch that Lambda discarded. */
export interface DeadLetter {
  readonly id: string;
  /** `topic/partition/offset` */
  readonly origin: string;
  readonly failedIn: string | null;
  /** `<object key>:<line>`; null for a record without a source row, such as a redriven record. */
  readonly row: string | null;
}

export type DeadLetters = ReturnType<typeof indexDeadLetters>;

/**
 * `sourceOf` maps `<object key>:<line>` to `<source>:<line>`, and `recorded` has `<origin>@<consumer>` of
 * each record in a batch that Lambda discarded.
 */
export function indexDeadLetters(
  deadLetters: readonly DeadLetter[],
  partitions: ReadonlyMap<number, readonly Pick<KafkaMessage, 'offset' | 'headers'>[]>,
  sourceOf: ReadonlyMap<string, string>,
  recorded: ReadonlySet<string>,
) {
  const byRedriveOrigin = new Map(
    deadLetters.map((deadLetter) => [
      formatOrigin({ topic: 'error_weather_data', partition: 0, offset: Number(deadLetter.id) }),
      deadLetter,
    ]),
  );
  const originHeaders = new Map(
    [...partitions].flatMap(([partition, records]) =>
      records.flatMap(({ offset, headers }) =>
        headers?.origin === undefined ? [] : [[originOf(partition, offset), String(headers.origin)] as const],
      ),
    ),
  );
  const rowAt = (origin: string): string | undefined => {
    const deadLetter = byRedriveOrigin.get(originHeaders.get(origin) ?? '');
    if (!deadLetter) return undefined;
    // Lambda may have discarded a redriven record, too.
    if (deadLetter.row === null) return rowAt(deadLetter.origin);
    return sourceOf.get(deadLetter.row) ?? deadLetter.row;
  };
  const discarded = new Set(deadLetters.map(({ failedIn, origin }) => `${failedIn} ${origin}`));
  return {
    /** The source row of the redriven record at this origin in weather-data. */
    rowAt,
    /** Whether Lambda discarded the record at this origin before this consumer applied it. */
    isDiscarded: (consumer: string, origin: string) => discarded.has(`${consumer} ${origin}`),
    /**
     * Whether Lambda discarded the record at this origin without a dead letter: this consumer had applied it,
     * or another copy of it before the batch was recorded.
     */
    isDropped: (consumer: string, origin: string) =>
      recorded.has(`${origin}@${consumer}`) && !discarded.has(`${consumer} ${origin}`),
  };
}

/** The origin of a record in weather-data. */
export const originOf = (partition: number, offset: string | number): string =>
  formatOrigin({ topic: topics.weatherData.name, partition, offset: Number(offset) });
