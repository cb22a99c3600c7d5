import { describe, expect, test } from '@jest/globals';
import { createFilter } from '../../../../localstack/kafka-poller/filter.ts';

const RECORD = {
  topic: 'weather',
  partition: 3,
  offset: 42,
  timestamp: 1545084650987,
  timestampType: 'CREATE_TIME',
  key: Buffer.from('Seoul'),
};

const passes = (pattern: object | object[], value: unknown, metadata: object = {}) =>
  createFilter((Array.isArray(pattern) ? pattern : [pattern]).map((one) => JSON.stringify(one)))({
    ...RECORD,
    value:
      value === null || Buffer.isBuffer(value)
        ? value
        : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
    ...metadata,
  });

// https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
describe('operators on a JSON value', () => {
  test.each<[string, unknown[], unknown, boolean]>([
    ['equals', ['Seoul'], 'Seoul', true],
    ['equals is exact', ['Seoul'], 'seoul', false],
    ['null', [null], null, true],
    ['empty', [''], '', true],
    ['or, within a list', ['Seoul', 'Busan'], 'Busan', true],
    ['boolean', [true], true, true],
    ['number', [5], 5, true],
    ['a number is not its text', [5], '5', false],
    ['prefix', [{ prefix: 'Se' }], 'Seoul', true],
    ['prefix that differs', [{ prefix: 'Bu' }], 'Seoul', false],
    ['prefix, ignoring case', [{ prefix: { 'equals-ignore-case': 'SE' } }], 'seoul', true],
    ['suffix', [{ suffix: 'ul' }], 'Seoul', true],
    ['suffix of a number', [{ suffix: '1' }], 1, false],
    ['equals-ignore-case', [{ 'equals-ignore-case': 'sEOUL' }], 'Seoul', true],
    ['anything-but', [{ 'anything-but': ['Seoul'] }], 'Busan', true],
    ['anything-but an excluded value', [{ 'anything-but': ['Seoul', 'Busan'] }], 'Busan', false],
    ['anything-but a prefix', [{ 'anything-but': { prefix: 'Se' } }], 'Seoul', false],
    ['numeric equals', [{ numeric: ['=', 35] }], 35, true],
    ['numeric range', [{ numeric: ['>', 10, '<=', 20] }], 20, true],
    ['outside a numeric range', [{ numeric: ['>', 10, '<=', 20] }], 10, false],
    ['numeric of a text', [{ numeric: ['>', 10] }], '11', false],
    ['exists', [{ exists: true }], 'x', true],
    ['exists when null', [{ exists: true }], null, true],
    ['exists, in a list', [{ exists: true }], ['x'], true],
    ['exists matches leaves only', [{ exists: true }], { inner: 1 }, false],
    ['"exists: false" matches a field that is not a leaf', [{ exists: false }], { inner: 1 }, true],
    ['a list with a matching element', ['a'], ['b', 'a'], true],
    ['a list without a matching element', ['a'], ['b'], false],
  ])('a filter on a JSON value: %s', (_name, alternatives, field, expected) => {
    expect(passes({ value: { field: alternatives } }, { field })).toBe(expected);
  });

  test.each<[string, string, boolean]>([
    ['300', '300', true],
    ['300', '300.0', false],
    ['300', '3.0e2', false],
    ['300.0', '300.0', true],
    ['1.50', '1.5', false],
    ['12345678901234567890', '12345678901234567891', false],
    ['{"numeric":["=",3.0e2]}', '300', true],
    ['{"numeric":[">",299]}', '300.0', true],
  ])(
    'numbers are equal if written alike, and are compared by value: [%s] and %s',
    (alternative, value, expected) => {
      const filter = createFilter([`{"value":{"n":[${alternative}]}}`]);
      expect(filter({ ...RECORD, value: Buffer.from(`{"n":${value}}`) })).toBe(expected);
    },
  );

  test('an absent field matches "exists: false" and no other operator', () => {
    expect(passes({ value: { field: [{ exists: false }] } }, { other: 1 })).toBe(true);
    expect(passes({ value: { field: [{ exists: true }] } }, { other: 1 })).toBe(false);
    expect(passes({ value: { field: [{ 'anything-but': ['x'] }] } }, { other: 1 })).toBe(false);
    expect(passes({ value: { field: [null] } }, { other: 1 })).toBe(false);
  });

  test('all fields of a pattern must match, at any depth, and one field of a $or', () => {
    const pattern = { value: { a: { b: [1] }, $or: [{ c: [1] }, { d: [{ prefix: 'x' }] }] } };
    expect(passes(pattern, { a: { b: 1 }, d: 'xyz' })).toBe(true);
    expect(passes(pattern, { a: { b: 1 }, c: 2, d: 'y' })).toBe(false);
    expect(passes(pattern, { a: { b: 2 }, c: 1 })).toBe(false);
  });

  test('an unknown operator is refused, not ignored', () => {
    expect(() => passes({ value: { a: [{ wildcard: '*' }] } }, {})).toThrow('unknown operator wildcard');
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html
describe('the parts of a record', () => {
  test('a record passes if one of several patterns matches', () => {
    const patterns = [{ value: { a: [1] } }, { value: { a: [2] } }];
    expect(passes(patterns, { a: 2 })).toBe(true);
    expect(passes(patterns, { a: 3 })).toBe(false);
  });

  test('metadata is matched as text and numbers', () => {
    expect(passes({ topic: ['weather'], partition: [3], offset: [{ numeric: ['>=', 42] }] }, {})).toBe(true);
    expect(passes({ partition: [4] }, {})).toBe(false);
  });

  test('a value of plain text is matched as a whole', () => {
    expect(passes({ value: [{ prefix: 'ERROR' }] }, 'ERROR: disk full')).toBe(true);
    expect(passes({ value: [{ prefix: 'ERROR' }] }, 'INFO: fine')).toBe(false);
  });

  test.each<[string, object, unknown]>([
    ['a JSON pattern and text', { value: { a: [1] } }, 'no JSON'],
    ['a text pattern and JSON', { value: ['x'] }, { a: 1 }],
    ['a JSON pattern and a tombstone', { value: { a: [1] } }, null],
    ['a text pattern and bytes that are not UTF-8', { value: ['x'] }, Buffer.from([0xff, 0xfe])],
  ])('if the formats of pattern and value differ, only the metadata counts: %s', (_name, pattern, value) => {
    expect(passes(pattern, value)).toBe(true);
    expect(passes({ ...pattern, partition: [4] }, value)).toBe(false);
  });
});
