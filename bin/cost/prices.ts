import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type PriceName = keyof typeof import('./prices.json', { with: { type: 'json' }})['prices'];

interface Price {
  readonly usd: number;
  /** The unit that the price is for. */
  readonly per: string;
  readonly document: string;
}

interface Document {
  readonly url: string;
  /** `YYYY-MM-DD`, the day of the document. */
  readonly date: string;
  readonly says: string;
}

interface PriceList {
  readonly region: string;
  readonly documents: Readonly<Record<string, Document>>;
  readonly prices: Readonly<Record<PriceName, Price>>;
}

/** List prices without taxes, free tiers and discounts, each with the document that states it. */
export const priceList = JSON.parse(
  readFileSync(join(import.meta.dirname, 'prices.json'), 'utf8'),
) as PriceList;

/**
 * A price whose name comes from a template, such as `kafka.m7g.large`.
 * @throws Error when the list has no such price
 */
export function priceNamed(name: string, owner: string): PriceName {
  if (!Object.hasOwn(priceList.prices, name))
    throw new Error(
      `No price is known for ${name} (${owner}). Add it, with its source, to bin/cost/prices.json.`,
    );
  return name as PriceName;
}

/** Prices that no document confirms, by their names. */
export const unconfirmedPrices = (): readonly string[] =>
  Object.entries(priceList.prices)
    .filter(([, { document }]) => document === 'memory')
    .map(([name]) => name);
