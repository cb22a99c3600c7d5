import { chance } from '../../../localstack/generator/random.ts';

/** Kinds of faults. A draw of N faults starts with one fault of each of the first N kinds. */
export const kinds = [
  'broker',
  'poller',
  'function',
  'postgres',
  'slack',
  'replay',
  'outage',
  'zombie',
  'discard',
  'other',
] as const;

export type FaultKind = (typeof kinds)[number];

/**
 * Draws faults endlessly, in rounds, each fault at most once per round. Rounds are cut so that `least` faults
 * are reached at the end of a round; later rounds hold all faults. The seed decides the order and the choice.
 */
export function* drawFaults<Fault extends { readonly kind: FaultKind }>(
  faults: readonly Fault[],
  { seed, least }: { seed: number; least: number },
): Generator<Fault, never> {
  for (let round = 0, drawn = 0; ; round += 1) {
    const size = drawn < least ? Math.min(faults.length, least - drawn) : faults.length;
    const byChance = shuffled(faults, seed, round, 0);
    const oneOfEach = kinds.flatMap((kind) => byChance.find((fault) => fault.kind === kind) ?? []);
    const others = byChance.filter((fault) => !oneOfEach.includes(fault));
    yield* shuffled([...oneOfEach, ...others].slice(0, size), seed, round, 1);
    drawn += size;
  }
}

const shuffled = <T>(items: readonly T[], ...keys: number[]): T[] =>
  items
    .map((item, index) => ({ item, at: chance(...keys, index) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
