// `npm start`: launches the local platform with the stacks deployed, then drops files: a gentle stream of them until Ctrl-C, or
// with --once those of a folder, until each of their records has reached its end.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { readRate } from '../localstack/chaos/rate.ts';
import { defaultStateDir } from '../localstack/endpoints.ts';
import type { Platform } from '../localstack/platform/platform.ts';
import { csvFilesOf } from '../localstack/run/incoming.ts';
import { launch } from '../localstack/run/launch.ts';
import { runLive } from '../localstack/run/run-live.ts';
import { runOnce } from '../localstack/run/run-once.ts';
import { showLaunch } from '../localstack/run/show-launch.ts';
import { projectRoot } from '../localstack/setup/tools.mjs';
import { openProgress } from '../localstack/terminal/progress.ts';
import { canRedraw, wantsColour, widthOf } from '../localstack/terminal/screen.ts';
import { isBalanced } from '../localstack/terminal/state.ts';
import { renderSummary } from '../localstack/terminal/summary.ts';

const usage = `npm start                                      drop files at a gentle rate and show what becomes of them; Ctrl-C stops everything
npm start -- --once [--data DIR] [--keep]      drop the CSV files of DIR (default: the bundled sample), wait until every record
                                               has reached its end, report, stop; --keep leaves the platform running

--chaos RATE makes that share of the records (0 to 1) fail in watch-weather for a time, so that they go the way of retries.`;

class UsageError extends Error {}

/** Looked at before anything starts: a folder that is not there should not cost a minute. */
function readArguments() {
  try {
    return parseArguments();
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : error}\n\n${usage}`);
  }
}

function parseArguments() {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      data: { type: 'string', default: path.join(projectRoot, 'localstack/sample') },
      keep: { type: 'boolean', default: false },
      chaos: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    once: values.once,
    keep: values.keep,
    chaosRate: readRate(values.chaos),
    files: values.once ? csvFilesOf(path.resolve(process.env.INIT_CWD ?? '.', values.data)) : [],
  };
}

const out = process.stdout;
const view = { out, redraw: canRedraw(out, process.env), colour: wantsColour(out, process.env) };
const interrupted = new AbortController();
const interrupt = () => interrupted.abort(new Error('interrupted'));
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);
process.on('SIGHUP', interrupt);

async function start(chaosRate: number): Promise<Platform> {
  const progress = openProgress(view);
  const shown = showLaunch(progress);
  try {
    return await launch({
      stateDir: defaultStateDir,
      chaosRate,
      onEvent: shown.onEvent,
      signal: interrupted.signal,
    });
  } catch (error) {
    shown.end();
    throw error;
  }
}

async function once(platform: Platform, files: readonly string[], startupMs: number): Promise<boolean> {
  const { counts, drainMs } = await Promise.race([
    runOnce({ ...view, endpoints: platform.endpoints, files, signal: interrupted.signal }),
    platform.failed,
  ]);
  const { lag: _, ...totals } = counts;
  const report = { ...totals, startupMs, drainMs };
  writeFileSync(path.join(defaultStateDir, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  console.log(renderSummary(report, { width: widthOf(out), colour: view.colour }).join('\n'));
  return isBalanced(report);
}

async function main(): Promise<number> {
  const wanted = readArguments();
  if (!wanted) {
    console.log(usage);
    return 0;
  }
  const begun = Date.now();
  const platform = await start(wanted.chaosRate);
  const startupMs = Date.now() - begun;
  let keep = false;
  try {
    if (!wanted.once) {
      await Promise.race([
        runLive({ ...view, endpoints: platform.endpoints, signal: interrupted.signal }),
        platform.failed,
      ]);
      return 0;
    }
    const balanced = await once(platform, wanted.files, startupMs);
    keep = wanted.keep;
    return balanced ? 0 : 1;
  } finally {
    if (keep) {
      await platform.keep();
      console.log('The platform runs on: `npm run status` says where, `npm stop` ends it.');
    } else {
      console.log('Stopping …');
      await platform.stop();
    }
  }
}

try {
  process.exit(await main());
} catch (error) {
  if (interrupted.signal.aborted) process.exit(130);
  console.error(error instanceof Error ? error.message : error);
  process.exit(error instanceof UsageError ? 2 : 1);
}
