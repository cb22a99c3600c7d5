import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { platformState } from '../../../../localstack/run/platform-state.ts';
import { takeLock } from '../../../../localstack/setup/process-lock.mjs';

let stateDir: string;
let lock: string;
beforeEach(() => {
  stateDir = mkdtempSync(path.join(tmpdir(), 'isobar-state-'));
  lock = path.join(stateDir, 'start.lock');
});
afterEach(() => rmSync(stateDir, { recursive: true }));

const state = () => platformState(stateDir, lock);
const writeEndpoints = (lakeBucket: string) =>
  writeFileSync(path.join(stateDir, 'endpoints.json'), JSON.stringify({ lakeBucket }));

test('without npm start and without endpoints, the platform is stopped', () => {
  expect(state()).toEqual({ name: 'stopped' });
});

test('from the first moment of npm start until the stacks are deployed, the platform is starting', () => {
  const { release } = takeLock(lock);
  expect(state()).toMatchObject({ name: 'starting', pid: process.pid });
  // The services answer, but the lake does not exist yet.
  writeEndpoints('');
  expect(state()).toMatchObject({ name: 'starting' });
  release?.();
  expect(state()).toEqual({ name: 'stopped' });
});

test('a platform without stacks runs once its services answer', () => {
  writeFileSync(
    path.join(stateDir, 'endpoints.json'),
    JSON.stringify({ lakeBucket: '', platformOnly: true }),
  );
  expect(state()).toMatchObject({ name: 'running' });
});

test('once the stacks are deployed the platform runs, also after npm start has left it', () => {
  writeEndpoints('lake');
  expect(state()).toMatchObject({ name: 'running', endpoints: { lakeBucket: 'lake' } });
});
