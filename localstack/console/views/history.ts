import type { Rates } from '../contract.ts';
import { countsOf, type Reading, type StageId } from './stages.ts';

type Counts = Readonly<Record<StageId, number>>;
interface Moment {
  readonly atMs: number;
  readonly counts: Counts;
  readonly read: number;
  readonly landed: number;
  readonly failed: number;
}

/** How many readings are kept for the chart: some minutes at one a second. */
const kept = 240;
/** The rate of a stage is that of the last seconds, so that a batch every 2 s is no zigzag. */
const spanMs = 5_000;

/** Remembers the counts of the last minutes, and makes rates of them. */
export function openHistory() {
  const moments: Moment[] = [];
  return {
    /** Adds a reading, and returns the current rate of each stage; undefined for the first reading. */
    add({ atMs, reading }: { readonly atMs: number; readonly reading: Reading }): Counts | undefined {
      const { rowsRead, rowsLanded, errorsStored } = reading.workload.counts;
      const now = {
        atMs,
        counts: countsOf(reading),
        read: rowsRead,
        landed: rowsLanded,
        failed: errorsStored,
      };
      const before = moments.findLast((moment) => moment.atMs <= atMs - spanMs) ?? moments[0];
      moments.push(now);
      if (moments.length > kept) moments.shift();
      return before && before.atMs < atMs ? ratesBetween(before, now) : undefined;
    },

    rates(): Rates {
      const pairs = moments.slice(1).map((now, place) => ({ now, before: moments[place] ?? now }));
      const rate = (of: (moment: Moment) => number) =>
        pairs.map(({ before, now }) => perSecond(of(before), of(now), now.atMs - before.atMs));
      return {
        atMs: pairs.map(({ now }) => now.atMs),
        read: rate(({ read }) => read),
        landed: rate(({ landed }) => landed),
        failed: rate(({ failed }) => failed),
      };
    },
  };
}

/** A count may fall, when the tables are pruned. That is no negative rate. */
const perSecond = (before: number, now: number, ms: number) =>
  ms > 0 ? (Math.max(0, now - before) * 1_000) / ms : 0;

const ratesBetween = (before: Moment, now: Moment): Counts =>
  Object.fromEntries(
    Object.entries(now.counts).map(([id, count]) => [
      id,
      perSecond(before.counts[id as StageId], count, now.atMs - before.atMs),
    ]),
  ) as Record<StageId, number>;
