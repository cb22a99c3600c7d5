import { setTimeout as delay } from 'node:timers/promises';
import type { Endpoints } from '../../../localstack/endpoints.ts';
import { chance } from '../../../localstack/generator/random.ts';
import { drain } from '../../../localstack/run/drain.ts';
import { openPlatformCounts } from '../../../localstack/run/platform-counts.ts';
import type { Progress } from '../../../localstack/terminal/progress.ts';
import { holds } from './compare.ts';
import { compareAll } from './compare-all.ts';
import { drawFaults } from './draw-faults.ts';
import { gatherEvidence } from './evidence.ts';
import type { Fault, Traffic } from './fault.ts';
import { startFiles } from './file-traffic.ts';
import type { ChaosReport, InjectedFault } from './report.ts';
import { gatherMessages } from './slack-messages.ts';
import { openTarget, type Target } from './target.ts';
import { makeTopicAnew } from './topic-made-anew.ts';
import { startTransactions } from './transaction-traffic.ts';

export interface ChaosOptions {
  readonly stateDir: string;
  readonly endpoints: Endpoints;
  readonly faults: readonly Fault[];
  readonly seed: number;
  /** The least number of injected faults, and the least duration of injecting. */
  readonly leastFaults: number;
  readonly forMs: number;
  readonly rowsPerFile: number;
  /** The share of records that fail temporarily or permanently, as deployed. */
  readonly chaosRate: number;
  readonly fileEveryMs: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** The longest pause without progress, including leases and backoffs. */
const stalledAfterMs = 240_000;
/** Files are small here. A slower function only causes one more redelivery. */
const visibleAfterSeconds = 30;
const pauseMs = { least: 500, most: 3_000 };

/**
 * Sends known files and transactions while it injects faults, waits until all records are done, and compares.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { endpoints, seed, leastFaults, chaosRate } = options;
  const target = openTarget(options);
  const files = startFiles(options);
  const transactions = startTransactions(options);
  const slack = gatherMessages(endpoints);
  try {
    await target.admin.connect();
    await target.shortenVisibilityTimeouts(visibleAfterSeconds);
    const injected = await injectFaults(options, target, files);
    const [dropped, sent] = await Promise.all([files.stop(), transactions.stop()]);
    const begun = Date.now();
    const sources = dropped.map(({ source }) => source);
    await waitUntilDone(options, sources);
    // Records may be discarded late, or fail again when redriven.
    while ((await target.redrive()) > 0) await waitUntilDone(options, sources);
    const drainMs = Date.now() - begun;
    const input = { dropped, transactions: sent, slackMessages: await slack.stop() };
    const comparisons = await compareAll(endpoints, input, chaosRate);
    // Last, since the records of the old topic are gone then.
    if (comparisons.every(holds))
      await options.progress.step('Make weather-data anew', async () => {
        const isDone = (source: string) => waitUntilDone(options, [...sources, source]);
        comparisons.push(...(await makeTopicAnew(target, options, isDone)));
      });
    return {
      seed,
      files: dropped.length,
      rows: dropped.reduce(
        (sum, { validLines, invalidLines }) => sum + validLines.length + invalidLines.length,
        0,
      ),
      transactions: sent.answered.size + sent.unanswered.size,
      leastFaults,
      ...injected,
      drainMs,
      comparisons,
      ...(comparisons.every(holds) ? {} : { evidence: await gatherEvidence(endpoints) }),
    };
  } finally {
    slack.close();
    await Promise.allSettled([files.stop(), transactions.stop()]);
    await target.close();
  }
}

/** Ends early, with too few faults, when more than `leastFaults` find no target. */
async function injectFaults(options: ChaosOptions, target: Target, traffic: Traffic) {
  const { faults, seed, leastFaults, forMs, progress, signal } = options;
  const begun = Date.now();
  const injected: InjectedFault[] = [];
  const missed: string[] = [];
  for (const { name, inject } of drawFaults(faults, { seed, least: leastFaults })) {
    if (injected.length >= leastFaults && Date.now() - begun >= forMs) break;
    if (missed.length > leastFaults) break;
    const pause =
      pauseMs.least + chance(seed, injected.length + missed.length, 7) * (pauseMs.most - pauseMs.least);
    await delay(pause, undefined, { signal });
    await progress.step(name, async (showDetail) => {
      const hit = await inject(target, traffic);
      if (hit === undefined) missed.push(name);
      else injected.push({ name, hit, atMs: Date.now() - begun });
      showDetail(hit ?? 'no target');
    });
  }
  return { faults: injected, missed };
}

async function waitUntilDone({ endpoints, progress, signal }: ChaosOptions, sources: readonly string[]) {
  const counter = await openPlatformCounts(endpoints);
  try {
    await progress.step('Wait until every record is done', (showDetail) =>
      drain(counter, sources, { showDetail, stalledAfterMs, everyMs: 500, signal }),
    );
  } finally {
    await counter.close();
  }
}
