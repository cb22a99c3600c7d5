import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readEndpoints } from '../../localstack/endpoints.ts';
import { isAlive, processList } from '../../localstack/platform/processes.ts';
import { waitFor } from '../../localstack/wait-for.ts';
import { type LiveMode, startLiveMode } from './start-live-mode.ts';

const minuteMs = 60_000;
const totalMinutes = 30;
/** By then, every code path has run and the heaps have their size. */
const warmUpMinutes = 10;
/** Medians are compared: a garbage collection moves a single reading by more. */
const readings = 5;
/** The launcher keeps a line for each object of the lake, about 180 a minute. */
const growthMb = { launcher: 40, console: 15 };

let live: LiveMode;
beforeAll(async () => {
  live = await startLiveMode();
}, 11 * minuteMs);
afterAll(() => live.stop(), 2 * minuteMs);

/** Memory of a process in MB, its share of what it shares with others included. */
const pssMb = (pid: number) =>
  Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1_000;

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

test(
  'in half an hour of the live mode, launcher and console do not grow; Ctrl-C then leaves nothing',
  async () => {
    const { stateDir, launcher } = live;
    const processes = processList(stateDir).read();
    const consolePid = processes.find(({ name }) => name === 'console')?.pid ?? 0;
    const { consoleUrl } = readEndpoints(stateDir) ?? {};
    const memory: { launcher: number; console: number }[] = [];
    // An open page asks every second.
    const page = setInterval(() => void fetch(`${consoleUrl}/api/pipeline`).catch(() => undefined), 1_000);
    try {
      for (let minute = 1; minute <= totalMinutes; minute++) {
        await delay(minuteMs);
        memory.push({ launcher: pssMb(launcher.pid ?? 0), console: pssMb(consolePid) });
      }
    } finally {
      clearInterval(page);
    }
    console.log(memory.map((each) => `${Math.round(each.launcher)}/${Math.round(each.console)}`).join(' '));
    for (const name of ['launcher', 'console'] as const) {
      const of = memory.slice(warmUpMinutes).map((each) => each[name]);
      const grown = median(of.slice(-readings)) - median(of.slice(0, readings));
      expect([name, Math.max(grown, growthMb[name])]).toEqual([name, growthMb[name]]);
    }
    launcher.kill('SIGINT');
    await once(launcher, 'exit');
    const left = () => processes.filter((each) => isAlive(each));
    await waitFor('every process to be gone', () => left().length === 0, { deadlineMs: minuteMs });
    expect(existsSync(path.join(stateDir, 'run'))).toBe(false);
    expect(readEndpoints(stateDir)).toBeUndefined();
  },
  (totalMinutes + 3) * minuteMs,
);
