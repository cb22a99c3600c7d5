import { setTimeout as delay } from 'node:timers/promises';
import { drain } from '../../../localstack/drain.ts';
import type { Endpoints } from '../../../localstack/endpoints.ts';
import { chance } from '../../../localstack/generator/random.ts';
import { openIncoming } from '../../../localstack/incoming.ts';
import { openPlatformCounts } from '../../../localstack/platform-counts.ts';
import type { Progress } from '../../../localstack/terminal/progress.ts';
import { compareAll } from './compare-all.ts';
import { type Fault, faults, type Traffic } from './faults.ts';
import { type DroppedFile, knownFiles } from './known-files.ts';
import type { ChaosReport, InjectedFault } from './report.ts';
import { gatherMessages } from './slack-messages.ts';
import { openTarget, type Target } from './target.ts';

export interface ChaosOptions {
  readonly stateDir: string;
  readonly endpoints: Endpoints;
  readonly seed: number;
  /** Faults go on until both are reached. */
  readonly faults: number;
  readonly forMs: number;
  readonly rowsPerFile: number;
  /** The share of records that fail for a time or for ever, as it was deployed. */
  readonly chaosRate: number;
  readonly fileEveryMs: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Nothing may stand still for longer, leases and backoffs included. */
const stalledAfterMs = 240_000;
const pauseMs = { least: 500, most: 3_000 };

/** Lets known files flow while one fault after another happens, waits until all is done, and compares the sets. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const target = openTarget(options);
  const traffic = startTraffic(options);
  const slack = gatherMessages(options.endpoints);
  try {
    await target.admin.connect();
    const injected = await injectFaults(options, target, traffic);
    const dropped = await traffic.stop();
    const begun = Date.now();
    await waitUntilDone(options, dropped);
    const drainMs = Date.now() - begun;
    const wentIn = { dropped, toSlack: await slack.stop() };
    return {
      seed: options.seed,
      files: dropped.length,
      rows: dropped.reduce(
        (sum, { validLines, invalidLines }) => sum + validLines.length + invalidLines.length,
        0,
      ),
      faults: injected,
      drainMs,
      comparisons: await compareAll(options.endpoints, wentIn, options.chaosRate),
    };
  } finally {
    slack.close();
    await traffic.stop();
    await target.close();
  }
}

/** Each fault in turn, in an order that the seed decides; again in another order when there is time. */
function* inTurn(seed: number): Generator<Fault> {
  for (let round = 0; ; round += 1) {
    yield* faults
      .map((fault, index) => ({ fault, at: chance(seed, round, index) }))
      .sort((a, b) => a.at - b.at)
      .map(({ fault }) => fault);
  }
}

async function injectFaults(
  options: ChaosOptions,
  target: Target,
  traffic: Traffic,
): Promise<InjectedFault[]> {
  const { seed, progress, signal } = options;
  const begun = Date.now();
  const injected: InjectedFault[] = [];
  for (const { name, inject } of inTurn(seed)) {
    if (injected.length >= options.faults && Date.now() - begun >= options.forMs) break;
    await delay(
      pauseMs.least + chance(seed, injected.length, 7) * (pauseMs.most - pauseMs.least),
      undefined,
      {
        signal,
      },
    );
    await progress.step(name, async (tell) => {
      const hit = await inject(target, traffic);
      injected.push({ name, hit, atMs: Date.now() - begun });
      tell(hit);
    });
  }
  return injected;
}

/** Drops file after file until it is stopped. */
function startTraffic({ endpoints, seed, rowsPerFile, fileEveryMs, signal }: ChaosOptions) {
  const incoming = openIncoming(endpoints);
  const stopped = new AbortController();
  const dropped: DroppedFile[] = [];
  const flow = (async () => {
    for await (const file of knownFiles({ seed, rowsPerFile })) {
      if (stopped.signal.aborted || signal.aborted) return;
      dropped.push({ ...file, source: await incoming.drop(file) });
      await delay(fileEveryMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  })();
  flow.catch(() => undefined); // reported by `stop`
  return {
    dropAgain: async () => {
      const file = dropped[Math.floor(chance(seed, dropped.length) * dropped.length)];
      if (!file) return 'no file yet';
      await incoming.drop(file);
      return file.name;
    },
    stop: async (): Promise<readonly DroppedFile[]> => {
      stopped.abort();
      await flow;
      incoming.close();
      return dropped;
    },
  };
}

async function waitUntilDone({ endpoints, progress, signal }: ChaosOptions, dropped: readonly DroppedFile[]) {
  const counter = await openPlatformCounts(endpoints);
  const sources = dropped.map(({ source }) => source);
  try {
    await progress.step('Every record to its end', (tell) =>
      drain(counter, sources, { tell, stalledAfterMs, everyMs: 500, signal }),
    );
  } finally {
    await counter.close();
  }
}
