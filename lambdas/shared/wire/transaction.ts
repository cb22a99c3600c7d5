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

export const merchantCategories = [
  'groceries',
  'restaurants',
  'fuel',
  'transport',
  'travel',
  'electronics',
  'clothing',
  'entertainment',
  'health',
  'utilities',
  'digital-goods',
  'gambling',
  'cash',
  'other',
] as const;

export const channels = ['pos', 'online', 'atm', 'transfer'] as const;

/** The officially assigned codes of ISO 3166-1 alpha-2. */
export const countries: readonly string[] = (
  'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ ' +
  'CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR ' +
  'GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO ' +
  'JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR ' +
  'MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO ' +
  'RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV ' +
  'TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW'
).split(' ');

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
