import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import type { Endpoints } from '../../localstack/endpoints.ts';
import { isRunning, stopPlatform } from '../../localstack/platform/platform.ts';
import { isAlive, type ProcessRecord, processList } from '../../localstack/platform/processes.ts';
import { waitFor } from '../../localstack/wait-for.ts';

/** Generous for a busy machine. A permanent failure does not wait for it. */
const patience = { deadlineMs: 60_000 };
const testTimeoutMs = 300_000;

let stateDir: string;
let launcher: ChildProcess;
let told: string;
let processes: readonly ProcessRecord[];
let ports: readonly number[];

/** The fewest engines start in half of the time. All of them end in the same way. */
async function startEngines(which: 'engines' | 'fewest'): Promise<void> {
  stateDir = mkdtempSync(path.join(tmpdir(), 'isobar-leftovers-'));
  launcher = spawn(process.execPath, [path.join(import.meta.dirname, 'launcher.ts'), stateDir, which], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  told = '';
  launcher.stderr?.on('data', (text: Buffer) => {
    told += text;
  });
  const [line] = (await once(launcher.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  const endpoints = JSON.parse(line.toString()) as Endpoints;
  ports = [
    endpoints.awsEndpointUrl,
    endpoints.slackInboxUrl,
    endpoints.postgresUrl,
    endpoints.prometheusUrl,
    ...endpoints.kafkaBrokers.map((broker) => `kafka://${broker}`),
  ]
    .filter((url) => url !== '')
    .map((url) => Number(new URL(url).port));
  processes = processList(stateDir).read();
}

afterEach(async () => {
  launcher.kill('SIGKILL');
  await stopPlatform(stateDir);
  rmSync(stateDir, { recursive: true, force: true });
});

const answers = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

async function expectNothingLeft() {
  await waitFor('every process to be gone', () => processes.every((record) => !isAlive(record)), patience);
  const silent = async () => (await Promise.all(ports.map(answers))).every((answer) => !answer);
  await waitFor('every port to be free', silent, patience);
  await waitFor('the data to be removed', () => !existsSync(path.join(stateDir, 'run')), patience);
  expect(existsSync(path.join(stateDir, 'endpoints.json'))).toBe(false);
  expect(isRunning(stateDir)).toBe(false);
}

test(
  'a killed launcher leaves no process, port or data behind',
  async () => {
    await startEngines('engines');
    expect(processes.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'supervisor',
        'localstack',
        'broker-1',
        'broker-2',
        'broker-3',
        'postgres',
        'slack-inbox',
        'kafka-poller',
        'prometheus',
      ]),
    );
    launcher.kill('SIGKILL');
    await expectNothingLeft();
  },
  testTimeoutMs,
);

test(
  'a launcher whose test was killed leaves no process, port or data behind',
  async () => {
    await startEngines('fewest');
    launcher.disconnect(); // as the end of its parent does
    await expectNothingLeft();
  },
  testTimeoutMs,
);

test(
  'a killed supervisor leaves no process, port or data behind: its launcher cleans up',
  async () => {
    await startEngines('fewest');
    const supervisor = processes.find(({ name }) => name === 'supervisor');
    process.kill(supervisor?.pid ?? 0, 'SIGKILL');
    await expectNothingLeft();
  },
  testTimeoutMs,
);

test(
  'a killed broker and poller are restarted, and another process can stop the whole platform',
  async () => {
    await startEngines('engines');
    for (const name of ['broker-2', 'kafka-poller']) {
      const before = processes.find((record) => record.name === name);
      process.kill(before?.pid ?? 0, 'SIGKILL');
      const isNew = (record: ProcessRecord) =>
        record.name === name && record.pid !== before?.pid && isAlive(record);
      await waitFor(`another ${name}`, () => processList(stateDir).read().some(isNew), patience);
    }
    processes = processList(stateDir).read();
    await expect(stopPlatform(stateDir)).resolves.toBe(true);
    await expectNothingLeft();
    expect(told).toBe('Another command, such as `npm stop`, stopped the platform.\n');
    await expect(stopPlatform(stateDir)).resolves.toBe(false);
  },
  testTimeoutMs,
);
