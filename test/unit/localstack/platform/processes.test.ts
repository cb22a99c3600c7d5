import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { endProcess, isAlive, processList, startProcess } from '../../../../localstack/platform/processes.ts';
import { startTimeOf } from '../../../../localstack/setup/process-lock.mjs';
import { waitFor } from '../../../../localstack/wait-for.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'isobar-processes-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const start = (name: string, script: string, graceMs: number) => {
  const child = startProcess({
    name,
    command: process.execPath,
    args: ['-e', script],
    env: {},
    cwd: dir,
    logsDir: dir,
  });
  return {
    name,
    pid: child.pid,
    startTime: startTimeOf(child.pid) ?? '',
    address: '',
    endSignal: 'SIGTERM',
    graceMs,
  } as const;
};
const outputOf = (name: string) => readFileSync(path.join(dir, `${name}.log`), 'utf8');
const said = (name: string, word: string) =>
  waitFor(`${name} to say ${word}`, () => outputOf(name).includes(word), { deadlineMs: 60_000 });

const stay = 'setInterval(() => {}, 1000);';

describe('endProcess', () => {
  test('endProcess sends the signal and waits for an orderly end', async () => {
    const record = start(
      'orderly',
      `process.on('SIGTERM', () => { console.log('bye'); process.exit(); }); console.log('up'); ${stay}`,
      10_000,
    );
    await said('orderly', 'up');
    await endProcess(record);
    expect(isAlive(record)).toBe(false);
    expect(outputOf('orderly')).toContain('bye');
  });

  test('endProcess kills a process that ignores the signal', async () => {
    const record = start('stubborn', `process.on('SIGTERM', () => {}); console.log('up'); ${stay}`, 100);
    await said('stubborn', 'up');
    await endProcess(record);
    expect(isAlive(record)).toBe(false);
  });

  test('endProcess also ends the children of a process', async () => {
    const script = `const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(stay)}]); console.log('child ' + child.pid + ' up'); ${stay}`;
    const record = start('parent', script, 0);
    await said('parent', 'up');
    const child = Number(/child (\d+)/.exec(outputOf('parent'))?.[1]);
    await endProcess(record);
    await waitFor('the child to be gone', () => startTimeOf(child) === undefined, { deadlineMs: 60_000 });
  });

  test('endProcess does not touch a later process with the same pid', async () => {
    const other = spawn(process.execPath, ['-e', stay]);
    await once(other, 'spawn');
    await endProcess({
      name: 'gone',
      pid: other.pid as number,
      startTime: '1',
      address: '',
      endSignal: 'SIGKILL',
      graceMs: 0,
    });
    expect(startTimeOf(other.pid as number)).toBeDefined();
    other.kill('SIGKILL');
    await once(other, 'exit');
  });
});

test('the process list holds one record for each name, and is empty after it was cleared', () => {
  const list = processList(dir);
  const record = { startTime: '10', address: '', endSignal: 'SIGKILL', graceMs: 0 } as const;
  list.add({ ...record, name: 'broker-1', pid: 1 });
  list.add({ ...record, name: 'broker-2', pid: 2 });
  list.add({ ...record, name: 'broker-1', pid: 3 });
  expect(list.read()).toEqual([
    { ...record, name: 'broker-2', pid: 2 },
    { ...record, name: 'broker-1', pid: 3 },
  ]);
  list.clear();
  expect(list.read()).toEqual([]);
});
