// `npm run chaos` starts its own platform, sends known files and card transactions through it, and injects
// faults. It then compares the outcome of each record with the expected one. Exit code 1: a record was lost,
// duplicated or unexpected, or too few faults were injected.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { defaultStateDir } from '../localstack/endpoints.ts';
import { launch } from '../localstack/run/launch.ts';
import { showLaunch } from '../localstack/run/show-launch.ts';
import { openProgress } from '../localstack/terminal/progress.ts';
import { canRedraw, wantsColour } from '../localstack/terminal/screen.ts';
import { painter } from '../localstack/terminal/text.ts';
import { faults } from '../test/e2e/chaos/faults.ts';
import { isClean, renderReport } from '../test/e2e/chaos/report.ts';
import { runChaos } from '../test/e2e/chaos/run-chaos.ts';

const usage = `npm run chaos [-- options]
  --faults N        inject N faults (default: each fault once)
  --minutes N       continue for at least N minutes (default 0)
  --only TEXT       only faults whose name contains TEXT; may be repeated
  --seed N          the same seed gives the same files and order of faults (default: from the clock)
  --rows N          rows per file (default 1000)
  --interval S      seconds between files (default 0.5)`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    faults: { type: 'string' },
    only: { type: 'string', multiple: true },
    seed: { type: 'string' },
    rows: { type: 'string', default: '1000' },
    interval: { type: 'string', default: '0.5' },
    help: { type: 'boolean', default: false },
  },
});

function numberOf(option: keyof typeof values, least: number): number | undefined {
  const text = values[option];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value >= least) return value;
  console.error(`--${option} ${text}: expected a number of at least ${least}\n\n${usage}`);
  process.exit(2);
}

if (values.help) {
  console.log(usage);
  process.exit(0);
}
const minutes = numberOf('minutes', 0) ?? 0;
const chosen = faults.filter(({ name }) => values.only?.some((text) => name.includes(text)) ?? true);
if (chosen.length === 0) {
  const names = faults.map(({ name }) => name).join('\n  ');
  console.error(`--only ${values.only?.join(', ')}: no fault has such a name. Faults:\n  ${names}`);
  process.exit(2);
}
const leastFaults = numberOf('faults', 1) ?? chosen.length;
const seed = Math.trunc(numberOf('seed', 0) ?? Date.now()) >>> 0;
const rowsPerFile = Math.trunc(numberOf('rows', 1) ?? 1_000);
const fileEveryMs = (numberOf('interval', 0) ?? 0.5) * 1_000;

/** The share of records on which watch-weather fails, temporarily or permanently. */
const chaosRate = 0.01;

const out = process.stdout;
const view = { out, redraw: canRedraw(out, process.env), colour: wantsColour(out, process.env) };
const paint = painter(view.colour);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interrupted.abort(new Error('interrupted')));

async function main(): Promise<boolean> {
  const stateDir = path.join(defaultStateDir, 'chaos');
  const progress = openProgress(view);
  const { onEvent, end } = showLaunch(progress);
  const { signal } = interrupted;
  const platform = await launch({ stateDir, anyPorts: true, chaosRate, onEvent, signal }).catch((error) => {
    end();
    throw error;
  });
  try {
    const { endpoints } = platform;
    const forMs = minutes * 60_000;
    const report = await Promise.race([
      runChaos({
        stateDir,
        endpoints,
        faults: chosen,
        seed,
        leastFaults,
        forMs,
        rowsPerFile,
        chaosRate,
        fileEveryMs,
        progress,
        signal,
      }),
      platform.failed,
    ]);
    writeFileSync(path.join(stateDir, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
    console.log(renderReport(report, paint).join('\n'));
    return isClean(report);
  } finally {
    await platform.stop();
  }
}

try {
  process.exit((await main()) ? 0 : 1);
} catch (error) {
  if (interrupted.signal.aborted) process.exit(130);
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
