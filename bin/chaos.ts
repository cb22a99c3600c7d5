// `npm run chaos` starts its own platform, sends known files and card transactions through it, and injects
// faults. It then compares the outcome of each record with the expected one. Exit code 1: a record was lost,
// duplicated or unexpected, or too few faults were injected.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { defaultStateDir } from '../localstack/endpoints.ts';
import { launch } from '../localstack/run/launch.ts';
import { showLaunch } from '../localstack/run/show-launch.ts';
import { openProgress } from '../localstack/terminal/progress.ts';
import { canRedraw, wantsColour } from '../localstack/terminal/screen.ts';
import { painter } from '../localstack/terminal/text.ts';
import { faults } from '../test/e2e/chaos/faults.ts';
import { isClean, renderReport } from '../test/e2e/chaos/report.ts';
import { runChaos } from '../test/e2e/chaos/run-chaos.ts';
import { exitCodeOf, readArguments, UsageError } from './shared/command.ts';

/** The share of records on which watch-weather fails, temporarily or permanently. */
const chaosRate = 0.01;

const out = process.stdout;
const view = { out, redraw: canRedraw(out, process.env), colour: wantsColour(out, process.env) };
const paint = painter(view.colour);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interrupted.abort(new Error('interrupted')));

function readOptions() {
  const { values } = readArguments({
    options: {
      minutes: { type: 'string', default: '0' },
      faults: { type: 'string' },
      only: { type: 'string', multiple: true },
      seed: { type: 'string', default: String(Date.now()) },
      rows: { type: 'string', default: '1000' },
      interval: { type: 'string', default: '0.5' },
    },
  });
  const chosen = faults.filter(({ name }) => values.only?.some((text) => name.includes(text)) ?? true);
  if (chosen.length === 0) {
    const names = faults.map(({ name }) => name).join('\n  ');
    throw new UsageError(`--only ${values.only?.join(', ')}: no fault has such a name. Faults:\n  ${names}`);
  }
  const leastFaults = values.faults === undefined ? chosen.length : numberOf('faults', values.faults, 1);
  return {
    faults: chosen,
    leastFaults,
    forMs: numberOf('minutes', values.minutes, 0) * 60_000,
    seed: Math.trunc(numberOf('seed', values.seed, 0)) >>> 0,
    rowsPerFile: Math.trunc(numberOf('rows', values.rows, 1)),
    fileEveryMs: numberOf('interval', values.interval, 0) * 1_000,
  };
}

function numberOf(option: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isFinite(value) && value >= least) return value;
  throw new UsageError(`--${option} ${text}: expected a number of at least ${least}`);
}

async function main(): Promise<number> {
  const options = readOptions();
  const stateDir = path.join(defaultStateDir, 'chaos');
  const progress = openProgress(view);
  const { onEvent, end } = showLaunch(progress, { prometheus: false });
  const { signal } = interrupted;
  const platform = await launch({
    stateDir,
    anyPorts: true,
    noPrometheus: true,
    chaosRate,
    onEvent,
    signal,
  }).catch((error) => {
    end();
    throw error;
  });
  try {
    const { endpoints } = platform;
    const report = await Promise.race([
      runChaos({ ...options, stateDir, endpoints, chaosRate, progress, signal }),
      platform.failed,
    ]);
    writeFileSync(path.join(stateDir, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
    console.log(renderReport(report, paint).join('\n'));
    return isClean(report) ? 0 : 1;
  } finally {
    await platform.stop();
  }
}

process.exit(await exitCodeOf('chaos', main, interrupted.signal));
