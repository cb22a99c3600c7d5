import { idle, type Load } from './load.ts';
import { Plant, type Templates } from './plant.ts';
import { priceList } from './prices.ts';
import type { Quantity, Service, Step } from './quantity.ts';
import { pricers, refuseUnknownTypes } from './resource-types.ts';
import { secondsPerMonth } from './units.ts';

/** US dollars a month, without and with the load. */
export interface Cost {
  readonly idleUsd: number;
  readonly loadedUsd: number;
}

export interface Line extends Cost {
  readonly service: Service;
  readonly step: Step;
  readonly item: string;
}

export interface Bill {
  readonly lines: readonly Line[];
  readonly total: Cost;
}

/**
 * The bill of an app under a load.
 * @throws Error for a resource type or a price that is not known
 */
export function billFor(templates: Templates, load: Load): Bill {
  const plant = new Plant(templates);
  refuseUnknownTypes(plant);
  const quantities = (given: Load) =>
    plant.resources.flatMap((resource) => pricers[resource.type]?.(resource, { plant, load: given }) ?? []);
  const lines = new Map<string, Line>();
  const add = ({ service, step, item }: Quantity, { idleUsd, loadedUsd }: Cost) => {
    const key = [service, step, item].join('\n');
    const before = lines.get(key) ?? { service, step, item, idleUsd: 0, loadedUsd: 0 };
    lines.set(key, {
      ...before,
      idleUsd: before.idleUsd + idleUsd,
      loadedUsd: before.loadedUsd + loadedUsd,
    });
  };
  for (const each of quantities(idle)) add(each, { idleUsd: usdOf(each), loadedUsd: 0 });
  for (const each of quantities(load)) add(each, { idleUsd: 0, loadedUsd: usdOf(each) });
  const all = [...lines.values()].filter(({ idleUsd, loadedUsd }) => idleUsd > 0 || loadedUsd > 0);
  return { lines: all.sort(byCost), total: sumOf(all) };
}

const usdOf = ({ price, amount }: Pick<Quantity, 'price' | 'amount'>): number =>
  amount * priceList.prices[price].usd;

const byCost = (one: Cost, other: Cost): number => other.loadedUsd - one.loadedUsd;

export const sumOf = (costs: readonly Cost[]): Cost => ({
  idleUsd: costs.reduce((sum, { idleUsd }) => sum + idleUsd, 0),
  loadedUsd: costs.reduce((sum, { loadedUsd }) => sum + loadedUsd, 0),
});

/** Sums by service or by step, the largest first. */
export function totalsBy({ lines }: Bill, key: 'service' | 'step'): ReadonlyMap<string, Cost> {
  const groups = Map.groupBy(lines, (line) => line[key]);
  return new Map(
    [...groups]
      .map(([name, group]) => [name, sumOf(group)] as const)
      .sort(([, one], [, other]) => byCost(one, other)),
  );
}

/** US dollars for a million records: all of the bill, and what the load adds to the idle bill. */
export function perMillionRecords({ total }: Bill, { recordsPerSecond }: Load) {
  const millions = (recordsPerSecond * secondsPerMonth) / 1e6;
  return { usd: total.loadedUsd / millions, addedUsd: (total.loadedUsd - total.idleUsd) / millions };
}
