import type { Log } from '../../shared/aws/log.ts';
import { isOutage } from '../../shared/failures/failures.ts';
import { withinDeadline } from './deadline.ts';
import { parseModel } from './model.ts';
import { makeScorer, type Scorer } from './trees.ts';

/** Looked for while requests are served, so that none of them waits. */
const lookEveryMs = 20_000;
/** Without a look for so long, as after a pause or at the start, a request waits for one: a model is never a minute behind. */
const waitAfterMs = 50_000;
const patienceMs = 1_500;
/** What a look waits for may never come, as over a connection that died while the function was frozen. */
const giveUpAfterMs = 10_000;

export interface CurrentModelOptions {
  /** The version that is current, or undefined when none of the lake is. */
  readonly currentVersion: () => Promise<string | undefined>;
  /** The text of model.json. */
  readonly readModel: (version: string) => Promise<string>;
  /** Serves while there is no other, and when it is the one that is current. */
  readonly shipped: Scorer;
  /** Hears of a current model that cannot be used, each time it is looked at. Must not throw. */
  readonly refuse: (error: Error) => Promise<void>;
  readonly now: () => number;
  readonly log: Log;
}

/** The model to score with: the current one of the lake, as soon as it has proved to be one. */
export function currentModel(options: CurrentModelOptions): () => Promise<Scorer> {
  const { currentVersion, readModel, shipped, refuse, now, log } = options;
  let scorer = shipped;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let looks = 0;
  let looking: Promise<void> | undefined;
  /** The look that a request has waited for in vain: the others do not. */
  let slow: Promise<void> | undefined;

  const modelOf = async (version: string): Promise<Scorer> => {
    if (version === scorer.version) return scorer;
    return version === shipped.version ? shipped : load(version);
  };

  const load = async (version: string): Promise<Scorer> => {
    const model = parseModel(await readModel(version));
    if (model.version !== version)
      throw new Error(`model.json of ${version} says that it is ${model.version}`);
    return makeScorer(model);
  };

  const look = async (isLatest: () => boolean): Promise<void> => {
    const found = await modelOf((await currentVersion()) ?? shipped.version);
    if (!isLatest()) return;
    if (found !== scorer) log.info('model', { version: found.version });
    scorer = found;
    lookedAtMs = now();
  };

  const begin = async (): Promise<void> => {
    if (looking) log.error('a look for the current model was given up', { afterMs: now() - triedAtMs });
    triedAtMs = now();
    const number = ++looks;
    const isLatest = () => number === looks;
    try {
      await look(isLatest);
    } catch (cause) {
      if (!isLatest()) return;
      const error = new Error(`Looking for another model than ${scorer.version} failed: it stays`, { cause });
      if (isOutage(cause)) return log.error('the current model could not be looked at', { error });
      lookedAtMs = now();
      await refuse(error);
    } finally {
      if (isLatest()) looking = undefined;
    }
  };

  return async () => {
    if (now() - triedAtMs >= (looking ? giveUpAfterMs : lookEveryMs)) looking = begin();
    const latest = looking;
    if (latest && latest !== slow && now() - lookedAtMs >= waitAfterMs)
      await withinDeadline(latest, patienceMs).catch(() => {
        slow = latest; // the one at hand serves
      });
    return scorer;
  };
}
