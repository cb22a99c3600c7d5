import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BadRecord } from '../../../../../lambdas/shared/failures/failures.ts';
import { channels, countries, merchantCategories } from '../../../../../lambdas/shared/metrics/segments.ts';
import {
  encodeScoredTransaction,
  scoredTransactionFromWire,
} from '../../../../../lambdas/shared/wire/scored-transaction.ts';
import {
  currencies,
  transactionFromWire,
  transactionSchema,
  transactionToWire,
} from '../../../../../lambdas/shared/wire/transaction.ts';

const wire = {
  transactionId: 'tx-1',
  accountId: 'account:7',
  amount: 12.5,
  currency: 'EUR',
  merchantCategory: 'groceries',
  country: 'DE',
  channel: 'pos',
  time: '2024-02-29T23:59:59.250Z',
};
const transaction = {
  transactionId: 'tx-1',
  accountId: 'account:7',
  amount: 12.5,
  currency: 'EUR',
  merchantCategory: 'groceries',
  country: 'DE',
  channel: 'pos',
  timeMs: Date.UTC(2024, 1, 29, 23, 59, 59, 250),
} as const;
const scored = {
  transaction: wire,
  features: { amount_log: 2.6, country: 'DE', seconds_since_last: null },
  score: 0.25,
  fraud: false,
  modelVersion: '2024-03-01T00.1',
  scoredAt: '2024-03-01T00:00:00.000Z',
};

function rejection(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof BadRecord) return `${error.errorType} ${error.message}`;
    throw error;
  }
  return 'accepted';
}

const rejectionWith = (name: string, value: unknown) =>
  rejection(() => transactionFromWire({ ...wire, [name]: value }));

const anyTransaction = fc.record({
  transactionId: fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/),
  accountId: fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/),
  amount: fc.double({ min: Number.MIN_VALUE, max: 1e9, noNaN: true }),
  currency: fc.constantFrom(...currencies),
  merchantCategory: fc.constantFrom(...merchantCategories),
  country: fc.constantFrom(...countries),
  channel: fc.constantFrom(...channels),
  timeMs: fc.integer({ min: 0, max: Date.UTC(2199, 11) }),
});

describe('a transaction', () => {
  test('is read from the documented wire format', () => {
    expect(transactionFromWire(wire)).toEqual(transaction);
    expect(transactionToWire(transaction)).toEqual(wire);
  });

  test('is the same after encoding and reading, whatever its values', () => {
    fc.assert(
      fc.property(anyTransaction, (value) =>
        expect(transactionFromWire(JSON.parse(JSON.stringify(transactionToWire(value))))).toEqual(value),
      ),
    );
  });

  test.each(Object.keys(wire))('is rejected without %s, which the error names', (name) => {
    expect(rejectionWith(name, undefined)).toBe(`MISSING_FIELD ${name}: found nothing, expected a value`);
    expect(rejectionWith(name, null)).toBe(`MISSING_FIELD ${name}: found nothing, expected a value`);
  });

  test.each([
    ['transactionId', 'a b', 'TYPE_ERROR'],
    ['transactionId', 'x'.repeat(65), 'TYPE_ERROR'],
    ['transactionId', 'tx-1\n', 'TYPE_ERROR'],
    ['transactionId', 7, 'TYPE_ERROR'],
    ['accountId', "'; drop table predictions", 'TYPE_ERROR'],
    ['accountId', { $ne: null }, 'TYPE_ERROR'],
    ['amount', 0, 'RANGE_ERROR'],
    ['amount', -1, 'RANGE_ERROR'],
    ['amount', 1e9 + 1, 'RANGE_ERROR'],
    ['amount', JSON.parse('1e999'), 'RANGE_ERROR'],
    ['amount', Number.NaN, 'TYPE_ERROR'],
    ['amount', '12.5', 'TYPE_ERROR'],
    ['amount', [12.5], 'TYPE_ERROR'],
    ['currency', 'eur', 'TYPE_ERROR'],
    ['currency', 'XXX', 'TYPE_ERROR'],
    ['merchantCategory', 'constructor', 'TYPE_ERROR'],
    ['country', 'UK', 'TYPE_ERROR'],
    ['country', ['DE'], 'TYPE_ERROR'],
    ['channel', 'POS', 'TYPE_ERROR'],
    ['time', '2024-02-30T00:00:00Z', 'DATE_ERROR'],
    ['time', '2024-01-01T24:00:00Z', 'DATE_ERROR'],
    ['time', '2024-01-01T12:00:60Z', 'DATE_ERROR'],
    ['time', '2024-01-01T12:00:00', 'DATE_ERROR'],
    ['time', '2024-01-01T12:00:00+01:00', 'DATE_ERROR'],
    ['time', '1969-12-31T23:59:59Z', 'DATE_ERROR'],
    ['time', 1_704_067_200_000, 'DATE_ERROR'],
  ])('is rejected with %s %j', (name, value, type) => {
    expect(rejectionWith(name, value)).toMatch(new RegExp(`^${type} ${name}: found .*, expected `));
  });

  test.each(['2024-01-01T12:00:00Z', '2024-01-01T12:00:00+00:00', '2024-01-01T12:00:00.000999Z'])(
    'has its time in milliseconds: %s',
    (time) => {
      expect(transactionFromWire({ ...wire, time }).timeMs).toBe(Date.UTC(2024, 0, 1, 12));
    },
  );

  test.each(['__proto__', 'constructor', 'merchant', 'Amount', 'toString'])(
    'is refused with the unknown name %s',
    (name) => {
      const text = JSON.stringify(wire).replace('{', `{${JSON.stringify(name)}:{"fraud":false},`);
      expect(rejection(() => transactionFromWire(JSON.parse(text)))).toBe(
        `TYPE_ERROR "${name}": found {"fraud":false}, expected only the fields transactionId, accountId, ` +
          'amount, currency, merchantCategory, country, channel, time',
      );
      expect(Object.hasOwn(Object.prototype, 'fraud')).toBe(false);
    },
  );

  test('is not read from a prototype', () => {
    expect(rejection(() => transactionFromWire(Object.create(wire)))).toMatch(/^MISSING_FIELD transactionId/);
  });

  test.each([null, undefined, 7, 'text', [wire], true])('is not read from %j', (value) => {
    expect(rejection(() => transactionFromWire(value))).toMatch(
      /^MALFORMED_MESSAGE transaction: found .*, expected a JSON object$/,
    );
  });

  test('is rejected with a clear error when it is nested too deeply', () => {
    const deep = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    expect(rejectionWith('amount', deep)).toBe(
      'TYPE_ERROR amount: found a value nested too deeply to show, expected a number above 0, up to 1000000000',
    );
  });

  test('any JSON is either read or rejected', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.record(mapValues(wire, () => fc.jsonValue()))), (value) => {
        rejection(() => transactionFromWire(value));
      }),
    );
  });

  test('has a schema that accepts what is read and rejects what is not', () => {
    const { properties } = transactionSchema;
    expect(Object.keys(properties)).toEqual(Object.keys(wire));
    expect(transactionSchema.required).toEqual(Object.keys(wire));
    for (const [name, schema] of Object.entries(properties)) {
      const sample = wire[name as keyof typeof wire];
      const refused = [undefined, null, '', 'not this', 0, -1, 1e10, true, [], {}, [sample], `${sample} `];
      expect(rejectionWith(name, sample)).toBe('accepted');
      expect(fits(sample, schema)).toBe(true);
      for (const value of refused) {
        expect(rejectionWith(name, value)).not.toBe('accepted');
        expect(fits(value, schema)).toBe(false);
      }
      for (const value of 'enum' in schema ? schema.enum : [])
        expect(rejectionWith(name, value)).toBe('accepted');
    }
  });
});

describe('a record of the topic `transactions`', () => {
  test('is read from the documented wire format and encoded in it', () => {
    const read = scoredTransactionFromWire(scored);
    expect(read).toEqual({
      transaction,
      features: scored.features,
      score: 0.25,
      fraud: false,
      rule: null,
      modelVersion: '2024-03-01T00.1',
      scoredAtMs: Date.UTC(2024, 2, 1),
    });
    expect(JSON.parse(encodeScoredTransaction(read))).toEqual({ ...scored, rule: null });
    expect(scoredTransactionFromWire({ ...scored, rule: 'burst' })).toEqual({ ...read, rule: 'burst' });
  });

  test('may have unknown fields', () => {
    expect(scoredTransactionFromWire({ ...scored, region: 'eu' })).toEqual(scoredTransactionFromWire(scored));
  });

  test.each([
    ['transaction', undefined, 'MALFORMED_MESSAGE transaction'],
    ['transaction', { ...wire, amount: -1 }, 'RANGE_ERROR amount'],
    ['features', null, 'MISSING_FIELD features'],
    ['features', [1], 'MALFORMED_MESSAGE features'],
    ['features', { amount_log: Number.POSITIVE_INFINITY }, 'TYPE_ERROR features.amount_log'],
    ['features', { amount_log: true }, 'TYPE_ERROR features.amount_log'],
    ['features', { country: 'x'.repeat(65) }, 'TYPE_ERROR features.country'],
    ['features', JSON.parse('{"__proto__":1}'), 'TYPE_ERROR features."__proto__"'],
    [
      'features',
      Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`f${i}`, 1])),
      'RANGE_ERROR features',
    ],
    ['score', 1.01, 'TYPE_ERROR score'],
    ['score', Number.NaN, 'TYPE_ERROR score'],
    ['score', null, 'MISSING_FIELD score'],
    ['fraud', 0, 'TYPE_ERROR fraud'],
    ['fraud', undefined, 'MISSING_FIELD fraud'],
    ['rule', 'dice', 'TYPE_ERROR rule'],
    ['modelVersion', '', 'MISSING_FIELD modelVersion'],
    ['scoredAt', 'now', 'DATE_ERROR scoredAt'],
  ])('is rejected when its %s is %j', (name, value, expected) => {
    expect(rejection(() => scoredTransactionFromWire({ ...scored, [name]: value }))).toContain(
      `${expected}: `,
    );
  });
});

const mapValues = <V, W>(object: Record<string, V>, map: (value: V) => W): Record<string, W> =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]));

interface FieldSchema {
  readonly type: 'string' | 'number';
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

/** The part of JSON schema that the schema of a transaction uses. */
function fits(value: unknown, schema: FieldSchema): boolean {
  if (schema.type === 'number')
    return (
      typeof value === 'number' &&
      value > (schema.exclusiveMinimum ?? -Infinity) &&
      value <= (schema.maximum ?? Infinity)
    );
  return (
    typeof value === 'string' &&
    (schema.enum?.includes(value) ?? true) &&
    (schema.pattern === undefined || new RegExp(schema.pattern).test(value))
  );
}
