import { afterEach, expect, jest, test } from '@jest/globals';
import { checkArguments, exitCodeOf, readArguments, UsageError } from '../../../bin/shared/command.ts';

const printed: string[] = [];
jest.spyOn(console, 'error').mockImplementation((line) => void printed.push(String(line)));
afterEach(() => {
  printed.length = 0;
});

test('a command that ends well exits with what it returns', async () => {
  expect(await exitCodeOf('stop', async () => 3)).toBe(3);
  expect(printed).toEqual([]);
});

test('an option that the command does not know is named, with the usage, and exits with 2', async () => {
  const parse = async () => {
    readArguments({ args: ['--hepl'], options: {} });
    return 0;
  };
  expect(await exitCodeOf('stop', parse)).toBe(2);
  expect(printed.join('\n')).toMatch(/^Unknown option '--hepl'\n\nnpm stop\n/);
});

test('whatever a parser of arguments finds wrong is a wrong use', () => {
  const read = () => {
    throw new Error('--rows 0: expected a whole number');
  };
  expect(() => checkArguments(read)).toThrow(UsageError);
});

test('a failure prints each cause once, without a stack trace and without the usage, and exits with 1', async () => {
  const fail = async () => {
    throw new Error('Reading the lake failed', { cause: new Error('connection refused') });
  };
  expect(await exitCodeOf('audit', fail)).toBe(1);
  expect(printed).toEqual(['Reading the lake failed: connection refused']);
});

test('an interrupted command prints nothing and exits with 130', async () => {
  const interrupted = AbortSignal.abort();
  const end = async () => interrupted.throwIfAborted() as undefined;
  expect(await exitCodeOf('start', end, interrupted)).toBe(130);
  expect(printed).toEqual([]);
});
