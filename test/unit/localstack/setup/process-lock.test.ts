import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { holderOf, takeLock } from '../../../../localstack/setup/process-lock.mjs';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'isobar-lock-'));
  lock = path.join(folder, 'below/a.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a lock has one holder until it is released', () => {
  const { release } = takeLock(lock);
  expect(takeLock(lock).holder).toMatchObject({ pid: process.pid });
  release?.();
  expect(holderOf(lock)).toBeUndefined();
  takeLock(lock).release?.();
});

test('the lock of a process that was killed is free', () => {
  const { pid } = spawnSync('true');
  takeLock(lock).release?.();
  writeFileSync(lock, JSON.stringify({ pid, startTime: '1', sinceMs: 0 }));
  const { holder, release } = takeLock(lock);
  expect(holder).toBeUndefined();
  release?.();
  expect(existsSync(lock)).toBe(false);
});

test('a lock that was cut off while it was written is free', () => {
  takeLock(lock).release?.();
  writeFileSync(lock, '{"pid":');
  expect(takeLock(lock).holder).toBeUndefined();
});
