import { expect, test } from '@jest/globals';
import { incomingQueue, stagesOf } from '../../../../../localstack/console/views/stages.ts';
import { reading } from './reading.ts';

const stage = (id: string, changes: Parameters<typeof reading>[0] = {}, perSecond = 0) => {
  const rates = Object.fromEntries(stagesOf(reading(), undefined).map((each) => [each.id, perSecond]));
  const found = stagesOf(reading(changes), rates as never).find((each) => each.id === id);
  if (!found) throw new Error(`there is no stage ${id}`);
  return found;
};

test('after a finished run all counts agree, and every stage is idle', () => {
  const stages = stagesOf(reading(), undefined);
  expect(stages.flatMap(({ check }) => (check ? [check.difference] : []))).toEqual([0, 0, 0, 0]);
  expect(new Set(stages.map(({ state }) => state))).toEqual(new Set(['idle']));
});

test('a count that is not reached yet shows what is missing', () => {
  expect(stage('land', { counts: { rowsLanded: 70 } }).check?.difference).toBe(-20);
  expect(stage('errors', { counts: { errorsStored: 7 } }).check?.difference).toBe(-3);
  expect(stage('watch', { totals: { watched: 80 } }).check?.difference).toBe(-10);
  expect(stage('monitor', { totals: { monitored: 1 } }).check?.difference).toBe(-3);
});

test('a corrected row that was sent again lands without a difference', () => {
  const changes = { counts: { rowsLanded: 91 }, totals: { redrivenRows: 1, watched: 91 } };
  expect(stage('land', changes).check?.difference).toBe(0);
  expect(stage('watch', changes).check?.difference).toBe(0);
});

test('a row that watch-weather gave up on is no difference', () => {
  expect(stage('watch', { totals: { watched: 89, unwatchedRows: 1 } }).check?.difference).toBe(0);
});

test('a stage with waiting records works when its count moves, and is behind when it does not', () => {
  const changes = { counts: { lag: { 'land-observations': 12 } } };
  expect(stage('land', changes, 3)).toMatchObject({ state: 'working', waiting: 12, perSecond: 3 });
  expect(stage('land', changes, 0)).toMatchObject({ state: 'behind', waiting: 12 });
});

test('dropped files that wait in the queue count as incoming', () => {
  const changes = { queues: { [incomingQueue]: 2 } };
  expect(stage('files', changes)).toMatchObject({ count: 3, note: '2 files waiting' });
  expect(stage('ingest', changes)).toMatchObject({ state: 'behind', waiting: 2 });
});

test('a failing or disabled mapping shows on its stage alone, with the reason', () => {
  const mapping = { functionName: 'isobar-local-land-observations', state: 'Enabled', lastResult: 'OK' };
  const failing = { ...mapping, lastResult: 'PROBLEM: Function call failed' };
  expect(stage('land', { mappings: [failing] })).toMatchObject({
    state: 'failing',
    reason: failing.lastResult,
  });
  expect(stage('watch', { mappings: [failing] }).state).toBe('idle');
  const disabled = { ...mapping, state: 'Disabled' };
  expect(stage('land', { mappings: [disabled] })).toMatchObject({
    state: 'stopped',
    reason: 'Its event source mapping is Disabled',
  });
  expect(stage('land', { mappings: [{ ...mapping, state: 'Updating' }] }).state).toBe('idle');
});

test('errors that wait for their digest do not hold Slack up; those that are overdue do', () => {
  const workload = { unsentErrors: 21 };
  expect(stage('slack', { workload })).toMatchObject({
    state: 'idle',
    waiting: 0,
    note: '21 errors wait for their digest',
  });
  expect(stage('slack', { workload, totals: { overdueErrors: 20 } })).toMatchObject({
    state: 'behind',
    waiting: 20,
    note: '20 notices not sent yet · 1 error waits for its digest',
  });
  expect(stage('slack').note).toBe('every notice sent');
});
