import { topics } from '../../shared/kafka/topics.ts';
import type { Database } from '../../shared/postgres/database.ts';
import type { Settled } from './plan-merges.ts';

const landing = ['land-observations', topics.weatherData.name];

/** The ledger of landing. A gap is committed together with the offset behind it, so gaps are read second. */
export async function readSettled({ query }: Pick<Database, 'query'>): Promise<Settled> {
  const offsets = await query<{ partition: number; next_offset: string }>(
    'select partition, next_offset from applied_offsets where consumer = $1 and topic = $2',
    landing,
  );
  const gaps = await query<{ partition: number; from_offset: string; to_offset: string }>(
    'select partition, from_offset, to_offset from skipped_offsets where consumer = $1 and topic = $2',
    landing,
  );
  const runs = gaps.map(({ partition, from_offset, to_offset }) => {
    return { partition, from: Number(from_offset), to: Number(to_offset) };
  });
  return {
    nextOffsets: new Map(offsets.map(({ partition, next_offset }) => [partition, Number(next_offset)])),
    gaps: Map.groupBy(runs, ({ partition }) => partition),
  };
}
