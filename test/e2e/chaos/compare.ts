/** What came of things of one kind, each with an identity: every one should be there once. */
export interface Comparison {
  readonly what: string;
  readonly expected: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  /** There, but should not be. */
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
    doubled: [...times].filter(([, count]) => count > 1).map(([id]) => id),
    unexpected: [...times.keys()].filter((id) => !wanted.has(id)),
  };
}

export const holds = ({ expected, lost, doubled, unexpected }: Comparison): boolean =>
  expected > 0 && lost.length + doubled.length + unexpected.length === 0;
