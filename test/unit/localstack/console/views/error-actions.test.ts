import { expect, test } from '@jest/globals';
import { fieldsOf, selectionOf } from '../../../../../localstack/console/views/error-actions.ts';

test('errors are selected by ids, type and file', () => {
  expect(selectionOf({ ids: [3, '4'] })).toEqual({ ids: [3, 4] });
  expect(selectionOf({ type: 'DATE_ERROR', file: 'a.csv' })).toEqual({ type: 'DATE_ERROR', file: 'a.csv' });
});

test('nothing selects all errors by mistake', () => {
  for (const body of [{}, null, [], { type: '' }, { type: 7 }, { ids: 'all' }, { file: null }])
    expect(() => selectionOf(body)).toThrow('Select errors by ids, type or file first.');
  expect(() => selectionOf({ ids: [0] })).toThrow('0 is no id of an error.');
  expect(() => selectionOf({ ids: ['1 or true'] })).toThrow('1 or true is no id of an error.');
  expect(() => selectionOf({ ids: [1], all: true })).toThrow('Errors are not selected by all.');
});

test('an empty list of ids selects nothing', () => {
  expect(selectionOf({ ids: [] })).toEqual({ ids: [] });
});

test('a correction has texts for fields of an observation', () => {
  expect(fieldsOf({ fields: { Temperature_C: '12' } })).toEqual({ Temperature_C: '12' });
  for (const body of [{}, null, { fields: {} }, { fields: { Nope: '1' } }, { fields: { Temperature_C: 12 } }])
    expect(() => fieldsOf(body)).toThrow('Give a text for at least one of');
});
