/** The offsets from `from` to `to`, without `to`. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/** A set of offsets, stored as runs: adjacent offsets need the memory of one run. */
export class OffsetRuns {
  readonly #runs: { from: number; to: number }[] = [];

  /** Adds a run, and returns the parts of it that were already in the set. */
  add({ from, to }: Run): Run[] {
    if (from >= to) return [];
    const first = this.#firstEndingAt(from);
    let end = first;
    const before: Run[] = [];
    let merged = { from, to };
    for (let run = this.#runs[end]; run && run.from <= to; run = this.#runs[++end]) {
      if (run.from < to && run.to > from)
        before.push({ from: Math.max(run.from, from), to: Math.min(run.to, to) });
      merged = { from: Math.min(run.from, merged.from), to: Math.max(run.to, merged.to) };
    }
    this.#runs.splice(first, end - first, merged);
    return before;
  }

  [Symbol.iterator](): Iterator<Run> {
    return this.#runs.values();
  }

  has(offset: number): boolean {
    const run = this.#runs[this.#firstEndingAt(offset + 1)];
    return run !== undefined && run.from <= offset;
  }

  /** The parts of a run that are not in the set. */
  missing({ from, to }: Run): Run[] {
    const missing: Run[] = [];
    let next = from;
    let place = this.#firstEndingAt(from);
    for (let run = this.#runs[place]; run && run.from < to; run = this.#runs[++place]) {
      if (run.from > next) missing.push({ from: next, to: run.from });
      next = Math.max(next, run.to);
    }
    if (next < to) missing.push({ from: next, to });
    return missing;
  }

  /** The index of the first run that ends at `offset` or later. */
  #firstEndingAt(offset: number): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#runs[middle]?.to ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export const countOf = (runs: Iterable<Run>): number => {
  let sum = 0;
  for (const { from, to } of runs) sum += to - from;
  return sum;
};

/** Ascending numbers as runs. */
export function runsOf(offsets: Iterable<number>): Run[] {
  const runs: { from: number; to: number }[] = [];
  for (const offset of offsets) {
    const last = runs.at(-1);
    if (last?.to === offset) last.to++;
    else runs.push({ from: offset, to: offset + 1 });
  }
  return runs;
}
