import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { describeModel, tooLarge } from '../../../../bin/models/described-models.ts';

const shipped = JSON.parse(
  readFileSync(
    new URL('../../../../lambdas/fraud/score-transaction/shipped-model/model.json', import.meta.url),
    'utf8',
  ),
);
const { version } = shipped;
const describeWith = (change: object, folder = version) =>
  describeModel(folder, JSON.stringify({ ...shipped, ...change }), 'here');

test('a model is described by its file', () => {
  expect(describeWith({})).toEqual({
    version,
    problem: null,
    trainedAt: shipped.trainedAt,
    threshold: shipped.threshold,
    rows: shipped.trainingRows,
    f1: shipped.metrics.training.f1,
    calibration: shipped.calibration,
    metrics: shipped.metrics,
    dataHash: shipped.dataHash,
    report: 'here',
  });
});

test.each([
  ['no metrics', { metrics: undefined }, { f1: null, metrics: null }],
  ['no metrics of training', { metrics: { test: {} } }, { f1: null, metrics: { test: {} } }],
  ['null as metrics of training', { metrics: { training: null } }, { f1: null }],
  ['an F1 without a denominator', { metrics: { training: { f1: null } } }, { f1: null }],
  ['a text as F1', { metrics: { training: { f1: '0.9' } } }, { f1: null }],
  ['no time of training', { trainedAt: undefined }, { trainedAt: null }],
  ['a time of training that is none', { trainedAt: 'yesterday' }, { trainedAt: null }],
  ['no count of rows', { trainingRows: undefined }, { rows: null }],
])('a model with %s can be used, and lacks that figure', (_, change, expected) => {
  expect(describeWith(change)).toMatchObject({ version, problem: null, ...expected });
});

test.each([
  ['text that is no JSON', 'no JSON', 'model.json: expected JSON'],
  ['null', 'null', 'expected an object'],
  ['a list', '[]', 'expected an object'],
  ['another format', '{"format":3}', 'format: found 3, expected 1 or 2'],
  ['another version', JSON.stringify({ ...shipped, version: 'other' }), 'has the version other'],
  ['no threshold', JSON.stringify({ ...shipped, threshold: undefined }), 'threshold: found'],
])('a file with %s is listed with what is wrong', (_, text, problem) => {
  expect(describeModel(version, text, null)).toMatchObject({
    version,
    problem: expect.stringContaining(problem),
    report: null,
  });
});

test('a model that no function would read is listed as such, without its figures', () => {
  expect(tooLarge('large', 17_000_000, 'here')).toMatchObject({
    version: 'large',
    problem: 'model.json: found 17000000 bytes, expected at most 16777216',
    f1: null,
    report: 'here',
  });
});
