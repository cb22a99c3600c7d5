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

test('tokens are fetched once a minute', async () => {
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

test('a revoked token is rejected within a minute', async () => {
  const { accepts } = open();
  await accepts('previous');
  valid = ['next', 'current'];
  nowMs += 60_000;
  expect(await accepts('previous')).toBe(false);
});

test('a new token is accepted within seconds, and unknown tokens cause no more frequent fetches', async () => {
  const { accepts } = open();
  await accepts('current');
  valid = ['next', 'current'];
  nowMs += 6_000;
  expect(await accepts('next')).toBe(true);
  const before = fetched;
  for (let i = 0; i < 100; i++) expect(await accepts(`guess-${i}`)).toBe(false);
  expect(fetched).toBe(before);
});

test('while tokens cannot be fetched, the last known ones are accepted for a quarter of an hour', async () => {
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

test('no token is accepted before the first fetch', async () => {
  valid = new Error('Secrets Manager is down');
  const tokens = open();
  await tokens.prepare();
  await expect(tokens.accepts('current')).rejects.toThrow('is down');
});
