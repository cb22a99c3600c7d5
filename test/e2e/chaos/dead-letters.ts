import type { KafkaMessage } from 'kafkajs';
import { formatOrigin } from '../../../lambdas/shared/kafka/kafka-event.ts';
import { topics } from '../../../lambdas/shared/kafka/topics.ts';

/** A record whose batch Lambda gave up, as an error row. */
export interface DeadLetter {
  readonly id: string;
  /** `topic/partition/offset` */
  readonly place: string;
  readonly failedIn: string | null;
  /** `<object key>:<line>`; null for a record that names none, such as a redriven one. */
  readonly row: string | null;
}

export type DeadLetters = ReturnType<typeof indexLetters>;

/** `sourceOf`: the `<object key>@<ETag>:<line>` of an `<object key>:<line>`. */
export function indexLetters(
  letters: readonly DeadLetter[],
  partitions: ReadonlyMap<number, readonly Pick<KafkaMessage, 'offset' | 'headers'>[]>,
  sourceOf: ReadonlyMap<string, string>,
) {
  const byOrigin = new Map(
    letters.map((letter) => [
      formatOrigin({ topic: 'error_weather_data', partition: 0, offset: Number(letter.id) }),
      letter,
    ]),
  );
  const origins = new Map(
    [...partitions].flatMap(([partition, records]) =>
      records.flatMap(({ offset, headers }) =>
        headers?.origin === undefined ? [] : [[placeOf(partition, offset), String(headers.origin)] as const],
      ),
    ),
  );
  const rowAt = (place: string): string | undefined => {
    const letter = byOrigin.get(origins.get(place) ?? '');
    if (!letter) return undefined;
    // A redriven record may have been given up itself.
    return letter.row === null ? rowAt(letter.place) : (sourceOf.get(letter.row) ?? letter.row);
  };
  const givenUp = new Set(letters.map(({ failedIn, place }) => `${failedIn} ${place}`));
  return {
    /** The row of a file that was redriven as the record of weather-data that lies there. */
    rowAt,
    /** Whether the consumer had no effect of the record that lies there, since Lambda gave it up. */
    isGivenUp: (consumer: string, place: string) => givenUp.has(`${consumer} ${place}`),
  };
}

export const placeOf = (partition: number, offset: string | number): string =>
  formatOrigin({ topic: topics.weatherData.name, partition, offset: Number(offset) });
