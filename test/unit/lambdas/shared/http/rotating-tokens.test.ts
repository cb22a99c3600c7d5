import { beforeEach, expect, test } from '@jest/globals';
import { isOneOf } from '../../../../../lambdas/shared/http/bearer-token.ts';
import { rotatingTokens } from '../../../../../lambdas/shared/http/rotating-tokens.ts';

let nowMs: number;
let valid: readonly string[] | Error;
let fetched: number;
let logged: unknown[];

const open = () =>
  rotatingTokens({
    fetch: async () => {
      fetched += 1;
      if (valid instanceof Error) throw valid;
      return valid;
    },
    now: () => nowMs,
    log: { info: () => {}, error: (...parts: unknown[]) => void logged.push(parts) },
  });

beforeEach(() => {
  nowMs = 1_000_000;
  valid = ['current', 'previous'];
  fetched = 0;
  logged = [];
});

test('the current token and the one before are accepted, and nothing else', async () => {
  const { accepts } = open();
  for (const token of ['current', 'previous']) expect(await accepts(token)).toBe(true);
  for (const token of ['', 'curren', 'currentt', 'current,previous', '__proto__'])
    expect(await accepts(token)).toBe(false);
  expect(isOneOf([], '')).toBe(false);
});

test('they are looked up once a minute', async () => {
  const { accepts } = open();
  for (let second = 0; second < 59; second++) {
    expect(await accepts('current')).toBe(true);
    nowMs += 1_000;
  }
  expect(fetched).toBe(1);
  nowMs += 1_000;
  await accepts('current');
  expect(fetched).toBe(2);
});

test('a token that was withdrawn is refused within a minute', async () => {
  const { accepts } = open();
  await accepts('previous');
  valid = ['next', 'current'];
  nowMs += 60_000;
  expect(await accepts('previous')).toBe(false);
});

test('a new token is accepted within seconds, but strangers cannot have them looked up more often than that', async () => {
  const { accepts } = open();
  await accepts('current');
  valid = ['next', 'current'];
  nowMs += 6_000;
  expect(await accepts('next')).toBe(true);
  const before = fetched;
  for (let i = 0; i < 100; i++) expect(await accepts(`guess-${i}`)).toBe(false);
  expect(fetched).toBe(before);
});

test('as long as they cannot be looked up, those known before hold, for a quarter of an hour', async () => {
  const { accepts } = open();
  await accepts('current');
  valid = new Error('Secrets Manager is down');
  nowMs += 14 * 60_000;
  expect(await accepts('current')).toBe(true);
  expect(await accepts('current')).toBe(true);
  expect(fetched).toBe(2);
  expect(logged).toHaveLength(1);
  nowMs += 60_000;
  await expect(accepts('current')).rejects.toThrow('is down');
});

test('nobody is let in before they were looked up once', async () => {
  valid = new Error('Secrets Manager is down');
  const tokens = open();
  await tokens.prepare();
  await expect(tokens.accepts('current')).rejects.toThrow('is down');
});
