import { expect, test } from '@jest/globals';
import { readModelsCommand } from '../../../../bin/models/options.ts';

test.each([
  ['list', { name: 'list' }],
  ['rollback', { name: 'rollback' }],
  ['show v1', { name: 'show', version: 'v1' }],
  ['promote v1', { name: 'promote', version: 'v1', force: false }],
  ['promote v1 --force', { name: 'promote', version: 'v1', force: true }],
  ['shadow v1', { name: 'shadow', version: 'v1' }],
  ['shadow --stop', { name: 'shadow', version: undefined }],
  ['score rows.jsonl --model m.json', { name: 'score', file: 'rows.jsonl', model: 'm.json' }],
])('%s is read', (line, command) => {
  expect(readModelsCommand(line.split(' '))).toEqual(command);
});

test.each([
  ['', 'found no command, expected list, show, shadow, promote, rollback or score'],
  ['drop', 'found drop, expected list'],
  ['list v1', 'v1: list takes no argument'],
  ['show', 'show: expected a version'],
  ['promote', 'promote: expected a version'],
  ['shadow', 'shadow: expected a version, or --stop'],
  ['shadow v1 --stop', 'shadow: expected a version, or --stop'],
  ['list --stop', '--stop is for shadow'],
  ['rollback --force', '--force is for promote'],
  ['score', 'score: expected a file'],
  ['list --model x', '--model is for score'],
  ['show v1 v2', 'v2: expected no further argument'],
])('%j is refused', (line, message) => {
  expect(() => readModelsCommand(line.split(' ').filter(Boolean))).toThrow(message);
});
