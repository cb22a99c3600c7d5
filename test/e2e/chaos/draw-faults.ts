import { chance } from '../../../localstack/generator/random.ts';

/** Kinds of faults. When fewer faults are drawn than there are, the first kinds are among them. */
export const kinds = [
  'broker',
  'poller',
  'function',
  'postgres',
  'slack',
  'replay',
  'outage',
  'zombie',
  'giving up',
  'other',
] as const;

export type FaultKind = (typeof kinds)[number];

/**
 * Faults without end, in rounds: the first is of `least`, or of all when there are not so many, and each later one of what is
 * still missing of `least`, then of all again. The seed decides on the order, and which of a kind come when not all do.
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
