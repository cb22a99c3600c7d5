// `npm start`: starts the local platform, deploys the stacks, and drops files at a low rate until Ctrl-C.
// With --once it drops the files of a folder and ends when every record is processed.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { readRate } from '../localstack/chaos/rate.ts';
import { defaultStateDir } from '../localstack/endpoints.ts';
import { msOf, readNumber, wholeFrom } from '../localstack/generator/option-values.ts';
import {
  type Platform,
  refuseSecondPlatform,
  StoppedElsewhere,
  startPlatform,
} from '../localstack/platform/platform.ts';
import { type DataFile, type DataFolder, dataFilesOf } from '../localstack/run/incoming.ts';
import { launch } from '../localstack/run/launch.ts';
import { runLive } from '../localstack/run/run-live.ts';
import { runOnce } from '../localstack/run/run-once.ts';
import { showLaunch } from '../localstack/run/show-launch.ts';
import { findPrometheus, howToGetPrometheus, projectRoot } from '../localstack/setup/tools.mjs';
import { renderPlatform } from '../localstack/terminal/platform.ts';
import { openProgress } from '../localstack/terminal/progress.ts';
import { canRedraw, wantsColour, widthOf } from '../localstack/terminal/screen.ts';
import { isBalanced } from '../localstack/terminal/state.ts';
import { renderSummary } from '../localstack/terminal/summary.ts';
import { checkArguments, exitCodeOf, readArguments, UsageError } from './shared/command.ts';

const bundledSample = path.join(projectRoot, 'localstack/sample');

/** The sample's folder formats/ has samples of other shapes, each with a format file. */
function filesOf(folder: string): DataFolder {
  const { files, leftOut } = dataFilesOf(folder);
  const isBundled = folder === bundledSample;
  return { files: isBundled ? files.filter(({ name }) => !name.includes('/')) : files, leftOut };
}

/** Arguments are checked before the start, so that a wrong folder name does not cost a minute. */
function readOptions() {
  const { values } = readArguments({
    options: {
      once: { type: 'boolean', default: false },
      data: { type: 'string', default: bundledSample },
      keep: { type: 'boolean', default: false },
      'no-prometheus': { type: 'boolean', default: false },
      chaos: { type: 'string', default: '0' },
      ports: { type: 'string' },
      'platform-only': { type: 'boolean', default: false },
      brokers: { type: 'string' },
      'drift-at': { type: 'string' },
    },
  });
  const folder = path.resolve(process.env.INIT_CWD ?? '.', values.data);
  return checkArguments(() => ({
    ...platformOnlyOf(values),
    once: values.once,
    keep: values.keep,
    noPrometheus: values['no-prometheus'],
    chaosRate: readRate(values.chaos),
    driftAfterMs: readDriftAt(values['drift-at'], values.once || values['platform-only']),
    firstPort: readNumber('ports', values.ports, wholeFrom(1_024, 65_000)),
    // Nobody asks what the sample's folder holds beside the sample.
    tellLeftOut: values.data !== bundledSample,
    data: values.once ? filesOf(folder) : { files: [], leftOut: [] },
  }));
}

/** The time from the start of the flow of transactions, after which habits change. */
function readDriftAt(text: string | undefined, hasNoFlow: boolean): number | undefined {
  if (text === undefined) return undefined;
  if (hasNoFlow) throw new UsageError('--drift-at is for the live view, which sends transactions.');
  const ms = msOf(text.replace(/^\+/, ''));
  if (ms === undefined) throw new Error(`--drift-at ${text}: expected a time such as 0s, 30s or 2m`);
  return ms;
}

/** @throws UsageError for options that have no meaning together */
function platformOnlyOf(values: {
  readonly 'platform-only': boolean;
  readonly once: boolean;
  readonly chaos: string;
  readonly brokers?: string | undefined;
}) {
  const platformOnly = values['platform-only'];
  const brokers = readNumber('brokers', values.brokers, wholeFrom(1, 3));
  if (brokers !== undefined && !platformOnly)
    throw new UsageError('--brokers needs --platform-only: the topics of Isobar have three replicas.');
  if (platformOnly && (values.once || readRate(values.chaos) > 0))
    throw new UsageError(
      '--platform-only starts no stacks: it goes with --brokers, --ports and --keep only.',
    );
  return { platformOnly, brokers };
}

const out = process.stdout;
const view = { out, redraw: canRedraw(out, process.env), colour: wantsColour(out, process.env) };
const interrupted = new AbortController();
const interrupt = () => interrupted.abort(new Error('interrupted'));
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);
process.on('SIGHUP', interrupt);

async function start({
  chaosRate,
  firstPort,
  noPrometheus,
  platformOnly,
  brokers,
}: ReturnType<typeof readOptions>): Promise<Platform> {
  refuseSecondPlatform(defaultStateDir); // before any step is shown
  const progress = openProgress(view);
  const prometheus = !noPrometheus && !platformOnly && findPrometheus() !== undefined;
  const notes = noPrometheus || prometheus ? [] : [howToGetPrometheus];
  const shown = showLaunch(progress, { prometheus, notes, platformOnly, brokers });
  const common = {
    stateDir: defaultStateDir,
    firstPort,
    onEvent: shown.onEvent,
    signal: interrupted.signal,
  };
  try {
    return await (platformOnly
      ? startPlatform({ ...common, platformOnly, brokers })
      : launch({ ...common, chaosRate, noPrometheus }));
  } catch (error) {
    shown.end();
    throw error;
  }
}

async function once(platform: Platform, files: readonly DataFile[], startupMs: number): Promise<boolean> {
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

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
  });

async function main(): Promise<number> {
  const wanted = readOptions();
  if (wanted.tellLeftOut)
    for (const { name, why } of wanted.data.leftOut) console.log(`Left out: ${name} (${why})`);
  const begun = Date.now();
  const platform = await start(wanted);
  const startupMs = Date.now() - begun;
  let keep = false;
  try {
    if (wanted.platformOnly) {
      keep = wanted.keep;
      console.log(renderPlatform(platform.endpoints).join('\n'));
      if (!keep) await Promise.race([aborted(interrupted.signal), platform.failed]);
      return 0;
    }
    if (!wanted.once) {
      await Promise.race([
        runLive({
          ...view,
          endpoints: platform.endpoints,
          driftAfterMs: wanted.driftAfterMs,
          signal: interrupted.signal,
        }),
        platform.failed,
      ]);
      return 0;
    }
    const balanced = await once(platform, wanted.data.files, startupMs);
    keep = wanted.keep;
    return balanced ? 0 : 1;
  } catch (error) {
    if (wanted.once || !(error instanceof StoppedElsewhere)) throw error;
    console.log(error.message);
    return 0;
  } finally {
    if (keep) {
      await platform.keep();
      console.log('The platform keeps running: `npm run status` shows it, `npm stop` stops it.');
    } else {
      console.log('Stopping …');
      await platform.stop();
    }
  }
}

process.exit(await exitCodeOf('start', main, interrupted.signal));
