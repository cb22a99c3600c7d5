import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { fitSteps, howToGoOn, openLog } from '../../../../localstack/setup/show-steps.mjs';

const running = [
  'Node packages 53/800 MB 7 s',
  'Kafka 4.4 0/90 MB 7 s',
  'Spark 3.5, for Glue jobs 13/410 MB 7 s',
];

test('running steps that have no room in the line are counted, and none is cut', () => {
  expect(fitSteps(running, 120)).toBe(`  … ${running.join(' · ')}`);
  expect(fitSteps(running, 80)).toBe(`  … ${running[0]} · ${running[1]} · and 1 more`);
  expect(fitSteps(running, 50)).toBe(`  … ${running[0]} · and 2 more`);
  expect(fitSteps(running, 20)).toBe('  … 3 steps');
});

test('a log that does not fit on the disk any more does not end the set-up', async () => {
  const log = openLog('/dev/full');
  log.write('a line');
  // Without a listener of its own, the stream would end the process.
  expect(log.listenerCount('error')).toBe(1);
  const [error] = await once(log, 'error');
  expect(error.code).toBe('ENOSPC');
});

test('after a failure, a full disk is named', () => {
  expect(howToGoOn(3)).toMatch('disk is full');
  expect(howToGoOn(3_000)).not.toMatch('disk');
});
