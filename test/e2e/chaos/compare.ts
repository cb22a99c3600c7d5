/** Identities of one kind, found against expected. Each expected identity must be found exactly once. */
export interface Comparison {
  readonly what: string;
  readonly expected: number;
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
  readonly unexpected: readonly string[];
}

export function compare(what: string, expected: Iterable<string>, found: Iterable<string>): Comparison {
  const times = new Map<string, number>();
  for (const id of found) times.set(id, (times.get(id) ?? 0) + 1);
  const wanted = new Set(expected);
  return {
    what,
    expected: wanted.size,
    lost: [...wanted].filter((id) => !times.has(id)),
    duplicated: [...times].filter(([, count]) => count > 1).map(([id]) => id),
    unexpected: [...times.keys()].filter((id) => !wanted.has(id)),
  };
}

/** An empty comparison proves nothing, so it does not hold. */
export const holds = ({ expected, lost, duplicated, unexpected }: Comparison): boolean =>
  expected > 0 && lost.length + duplicated.length + unexpected.length === 0;
