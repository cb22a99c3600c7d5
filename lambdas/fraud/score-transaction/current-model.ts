import type { Log } from '../../shared/aws/log.ts';
import { isOutage } from '../../shared/failures/failures.ts';
import { withinDeadline } from './deadline.ts';
import { readScorer } from './read-scorer.ts';
import type { Scorer } from './trees.ts';

/** Time between checks of the lake. They run beside the requests, which do not wait for them. */
const checkEveryMs = 20_000;
/** After this time without a finished check, as after a pause or at the start, a request waits for one. */
const staleAfterMs = 50_000;
const maxWaitMs = 1_500;
/** A check may never end, as over a connection that died while the function was frozen. */
const abandonAfterMs = 10_000;

export interface CurrentModelOptions {
  /** The version of the lake that is in use; undefined when none is. */
  readonly currentVersion: () => Promise<string | undefined>;
  /** The text of model.json. */
  readonly readModel: (version: string) => Promise<string>;
  /** Scores while no model of the lake is in use, and when the version in use is its own. */
  readonly shipped: Scorer;
  /** Reports a current model that cannot be used, once for each check that finds it. Must not throw. */
  readonly reportRefusal: (error: Error) => Promise<void>;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Returns the scorer of the model in use, at most a minute late. A new model is used as soon as it has been
 * read and checked; until then, and if it is broken, the model before it stays.
 */
export function currentModel(options: CurrentModelOptions): () => Promise<Scorer> {
  const { currentVersion, readModel, shipped, reportRefusal, now, log } = options;
  let scorer = shipped;
  let checkedAtMs = Number.NEGATIVE_INFINITY;
  let startedAtMs = Number.NEGATIVE_INFINITY;
  let checks = 0;
  let running: Promise<void> | undefined;
  /** The running check that one request has waited for in vain, so that no other request waits for it. */
  let tooSlow: Promise<void> | undefined;

  const scorerOf = async (version: string): Promise<Scorer> => {
    if (version === scorer.version) return scorer;
    return version === shipped.version ? shipped : readScorer(version, await readModel(version));
  };

  const check = async (isLatest: () => boolean): Promise<void> => {
    const found = await scorerOf((await currentVersion()) ?? shipped.version);
    if (!isLatest()) return;
    if (found !== scorer) log.info('model', { version: found.version });
    scorer = found;
    checkedAtMs = now();
  };

  const start = async (): Promise<void> => {
    if (running) log.error('gave up a check for the current model', { afterMs: now() - startedAtMs });
    startedAtMs = now();
    const number = ++checks;
    const isLatest = () => number === checks;
    try {
      await check(isLatest);
    } catch (cause) {
      if (!isLatest()) return;
      const error = new Error(`Loading the current model failed: ${scorer.version} stays in use`, { cause });
      if (isOutage(cause)) return log.error('could not check for the current model', { error });
      checkedAtMs = now();
      await reportRefusal(error);
    } finally {
      if (isLatest()) running = undefined;
    }
  };

  return async () => {
    if (now() - startedAtMs >= (running ? abandonAfterMs : checkEveryMs)) running = start();
    const latest = running;
    if (latest && latest !== tooSlow && now() - checkedAtMs >= staleAfterMs)
      await withinDeadline(latest, maxWaitMs).catch(() => {
        tooSlow = latest;
      });
    return scorer;
  };
}
