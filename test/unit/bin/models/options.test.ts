import { expect, test } from '@jest/globals';
import { readModelsCommand } from '../../../../bin/models/options.ts';

test.each([
  ['list', { name: 'list', stage: 'local' }],
  ['rollback --stage prod', { name: 'rollback', stage: 'prod' }],
  ['show v1', { name: 'show', version: 'v1', stage: 'local' }],
  ['promote v1', { name: 'promote', version: 'v1', force: false, stage: 'local' }],
  ['promote v1 --force --stage dev', { name: 'promote', version: 'v1', force: true, stage: 'dev' }],
  ['shadow v1', { name: 'shadow', version: 'v1', stage: 'local' }],
  ['shadow --stop --stage prod', { name: 'shadow', version: undefined, stage: 'prod' }],
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
  ['list --stage moon', 'Unknown stage "moon"'],
  ['score rows.jsonl --stage dev', 'score needs no --stage'],
  ['show v1 v2', 'v2: expected no further argument'],
])('%j is refused', (line, message) => {
  expect(() => readModelsCommand(line.split(' ').filter(Boolean))).toThrow(message);
});
