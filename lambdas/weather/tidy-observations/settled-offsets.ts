import { nameOfPartition } from '../../shared/exactly-once/landed-objects.ts';
import { readGeneration } from '../../shared/kafka/topic-generations.ts';
import { topics } from '../../shared/kafka/topics.ts';
import type { Database } from '../../shared/postgres/database.ts';
import type { Settled } from './plan-merges.ts';

const landing = ['land-observations', topics.weatherData.name];

/**
 * The ledger of landing, for all generations of the topic. A gap is committed together with the offset behind
 * it, so gaps are read second.
 */
export async function readSettled({ query }: Pick<Database, 'query'>): Promise<Settled> {
  const offsets = await query<{ topic: string; partition: number; next_offset: string }>(
    `select topic, partition, next_offset from applied_offsets
      where consumer = $1 and split_part(topic, '@', 1) = $2`,
    landing,
  );
  const gaps = await query<{ topic: string; partition: number; from_offset: string; to_offset: string }>(
    `select topic, partition, from_offset, to_offset from skipped_offsets
      where consumer = $1 and split_part(topic, '@', 1) = $2`,
    landing,
  );
  const runs = gaps.map(({ from_offset, to_offset, ...place }) => {
    return { partition: nameOf(place), from: Number(from_offset), to: Number(to_offset) };
  });
  return {
    nextOffsets: new Map(offsets.map(({ next_offset, ...place }) => [nameOf(place), Number(next_offset)])),
    gaps: Map.groupBy(runs, ({ partition }) => partition),
  };
}

const nameOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }) =>
  nameOfPartition({ ...readGeneration(topic), partition });
