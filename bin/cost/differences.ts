import type { Bill, Cost, Line } from './bill.ts';

export interface Difference extends Pick<Line, 'service' | 'step' | 'item'> {
  readonly before: Cost;
  readonly now: Cost;
}

const nothing: Cost = { idleUsd: 0, loadedUsd: 0 };

/** Less than this is no difference: sums of floating-point numbers. */
const leastUsd = 0.005;

/** The lines that differ between two bills, the largest change first. */
export function differences(before: Bill, now: Bill): Difference[] {
  const keyOf = ({ service, step, item }: Line) => [service, step, item].join('\n');
  const [old, current] = [before, now].map(({ lines }) => new Map(lines.map((line) => [keyOf(line), line])));
  const keys = new Set([...(old?.keys() ?? []), ...(current?.keys() ?? [])]);
  return [...keys]
    .flatMap((key) => {
      const [was, is] = [old?.get(key), current?.get(key)];
      const line = is ?? was;
      return line === undefined
        ? []
        : [
            {
              service: line.service,
              step: line.step,
              item: line.item,
              before: was ?? nothing,
              now: is ?? nothing,
            },
          ];
    })
    .filter(
      ({ before: was, now: is }) =>
        Math.abs(is.loadedUsd - was.loadedUsd) >= leastUsd || Math.abs(is.idleUsd - was.idleUsd) >= leastUsd,
    )
    .sort((one, other) => changeOf(other) - changeOf(one));
}

const changeOf = ({ before, now }: Difference) => Math.abs(now.loadedUsd - before.loadedUsd);
