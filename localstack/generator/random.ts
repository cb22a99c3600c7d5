// Looked up once: in Jest, each access to a global is a slow call out of its sandbox.
const { imul } = Math;

/**
 * A random number in [0, 1) that depends on its keys only (32-bit integers). It has no state, so any row can
 * be made without the rows before it, and a resumed run continues byte for byte.
 */
export const chance = (...keys: number[]): number => {
  let hash = 0x9e3779b9;
  for (const key of keys) {
    hash = imul(hash ^ key, 0x85ebca6b);
    hash = imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return (hash >>> 0) / 2 ** 32;
};

/** A smooth curve in [0, 1) through one random value per unit of `position`. */
export const noise = (position: number, ...keys: number[]): number => {
  const left = Math.floor(position);
  const x = position - left;
  const from = chance(...keys, left);
  return from + (chance(...keys, left + 1) - from) * x * x * (3 - 2 * x);
};

export const pick = <T>(items: readonly [T, ...T[]], at: number): T =>
  items[Math.floor(at * items.length)] ?? items[0];
