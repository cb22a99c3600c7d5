import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { endLeftInstallers, noteInstaller } from '../../../../localstack/setup/left-installers.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'isobar-installers-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const startInstaller = () => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1_000)']);

test('an installer that a killed set-up left is ended; one that has ended is forgotten', async () => {
  const left = startInstaller();
  const exited = once(left, 'exit');
  noteInstaller(left.pid ?? 0, folder);
  noteInstaller(process.ppid, folder)();
  expect(readdirSync(folder)).toEqual([String(left.pid)]);
  await endLeftInstallers(folder);
  expect(await exited).toEqual([null, 'SIGTERM']);
  expect(readdirSync(folder)).toEqual([]);
});

test('a process that got the number of an installer is left alone', async () => {
  const other = startInstaller();
  writeFileSync(path.join(folder, '1'), JSON.stringify({ pid: other.pid, startTime: 'of another' }));
  await endLeftInstallers(folder);
  expect(other.exitCode).toBeNull();
  expect(readdirSync(folder)).toEqual([]);
  other.kill('SIGKILL');
});
