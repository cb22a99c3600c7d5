import {
  idPattern,
  missingField,
  objectOf,
  outOfRange,
  parseId,
  parseTime,
  show,
  timePattern,
  wrongType,
} from '../failures/fields.ts';
import { channels, countries, merchantCategories } from '../metrics/segments.ts';

/** One card transaction, validated. */
export interface Transaction {
  readonly transactionId: string;
  readonly accountId: string;
  /** In units of `currency`. */
  readonly amount: number;
  readonly currency: (typeof currencies)[number];
  readonly merchantCategory: (typeof merchantCategories)[number];
  /** Where the card was used, as ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly channel: (typeof channels)[number];
  readonly timeMs: number;
}

/** ISO 4217. */
export const currencies = [
  ...[
    'AUD',
    'BRL',
    'CAD',
    'CHF',
    'CNY',
    'CZK',
    'DKK',
    'EUR',
    'GBP',
    'HKD',
    'HUF',
    'IDR',
    'ILS',
    'INR',
    'JPY',
  ],
  ...[
    'KRW',
    'MXN',
    'MYR',
    'NGN',
    'NOK',
    'NZD',
    'PHP',
    'PLN',
    'RON',
    'SEK',
    'SGD',
    'THB',
    'TRY',
    'USD',
    'ZAR',
  ],
] as const;

const maxAmount = 1e9;

/**
 * The JSON schema (2020-12) of a transaction, for API descriptions. It has the lists, patterns and limits
 * that `transactionFromWire` checks. Only the existence of a date is not in the schema.
 */
export const transactionSchema = {
  type: 'object',
  additionalProperties: false,
  required: [
    'transactionId',
    'accountId',
    'amount',
    'currency',
    'merchantCategory',
    'country',
    'channel',
    'time',
  ],
  properties: {
    transactionId: { type: 'string', pattern: idPattern },
    accountId: { type: 'string', pattern: idPattern },
    amount: { type: 'number', exclusiveMinimum: 0, maximum: maxAmount },
    currency: { type: 'string', enum: currencies },
    merchantCategory: { type: 'string', enum: merchantCategories },
    country: { type: 'string', enum: countries },
    channel: { type: 'string', enum: channels },
    time: { type: 'string', format: 'date-time', pattern: timePattern },
  },
} as const;

/**
 * Reads the parsed JSON of a transaction. Rejects unknown fields: the sender may think that they are part of
 * the decision. So `__proto__`, which `JSON.parse` reads as an ordinary field, is rejected too.
 * @throws BadRecord with the first error
 */
export function transactionFromWire(value: unknown): Transaction {
  const wire = objectOf('transaction', value);
  const unknown = Object.keys(wire).find((name) => !Object.hasOwn(transactionSchema.properties, name));
  if (unknown !== undefined) {
    const expected = transactionSchema.required.join(', ');
    throw wrongType(show(unknown), wire[unknown], `only the fields ${expected}`);
  }
  const own = (name: string): unknown => (Object.hasOwn(wire, name) ? wire[name] : undefined);
  return {
    transactionId: parseId('transactionId', own('transactionId')),
    accountId: parseId('accountId', own('accountId')),
    amount: parseAmount(own('amount')),
    currency: parseOneOf('currency', own('currency'), currencies),
    merchantCategory: parseOneOf('merchantCategory', own('merchantCategory'), merchantCategories),
    country: parseCountry(own('country')),
    channel: parseOneOf('channel', own('channel'), channels),
    timeMs: parseTime('time', own('time')),
  };
}

/** The wire form of a transaction, which `transactionFromWire` reads. */
export const transactionToWire = ({ timeMs, ...rest }: Transaction) => ({
  ...rest,
  time: new Date(timeMs).toISOString(),
});

function parseAmount(value: unknown): number {
  if (typeof value === 'number' && value > 0 && value <= maxAmount) return value;
  if (value === undefined || value === null) throw missingField('amount');
  const expected = `a number above 0, up to ${maxAmount}`;
  if (typeof value !== 'number' || Number.isNaN(value)) throw wrongType('amount', value, expected);
  throw outOfRange('amount', value, expected);
}

function parseOneOf<T extends string>(name: string, value: unknown, allowed: readonly T[]): T {
  const match = allowed.find((each) => each === value);
  if (match !== undefined) return match;
  if (value === undefined || value === null) throw missingField(name);
  throw wrongType(name, value, `one of ${allowed.join(', ')}`);
}

const knownCountries = new Set<unknown>(countries);

function parseCountry(value: unknown): string {
  if (knownCountries.has(value)) return value as string;
  if (value === undefined || value === null) throw missingField('country');
  throw wrongType('country', value, 'a country code of ISO 3166-1 alpha-2, such as KR');
}
