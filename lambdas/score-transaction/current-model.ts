import { isOutage } from '../shared/failures.ts';
import type { Log } from '../shared/log.ts';
import { withinDeadline } from './deadline.ts';
import { parseModel } from './model.ts';
import { makeScorer, type Scorer } from './trees.ts';

/** Looked for while requests are served, so that none of them waits. */
const lookEveryMs = 20_000;
/** Without a look for so long, as after a pause or at the start, a request waits for one: a model is never a minute behind. */
const waitAfterMs = 50_000;
const patienceMs = 1_500;

export interface CurrentModelOptions {
  /** The version that is current, or undefined when there is none yet. */
  readonly currentVersion: () => Promise<string | undefined>;
  /** The text of model.json. */
  readonly readModel: (version: string) => Promise<string>;
  /** Serves until there is another. */
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
  let looking: Promise<void> | undefined;

  const load = async (version: string): Promise<Scorer> => {
    const model = parseModel(await readModel(version));
    if (model.version !== version)
      throw new Error(`model.json of ${version} says that it is ${model.version}`);
    return makeScorer(model);
  };

  const look = async (): Promise<void> => {
    const version = await currentVersion();
    if (version !== undefined && version !== scorer.version) {
      scorer = await load(version);
      log.info('model', { version });
    }
    lookedAtMs = now();
  };

  const begin = async (): Promise<void> => {
    triedAtMs = now();
    try {
      await look();
    } catch (cause) {
      const error = new Error(`Looking for another model than ${scorer.version} failed: it stays`, { cause });
      if (isOutage(cause)) return log.error('the current model could not be looked at', { error });
      lookedAtMs = now();
      await refuse(error);
    } finally {
      looking = undefined;
    }
  };

  return async () => {
    if (!looking && now() - triedAtMs >= lookEveryMs) looking = begin();
    if (looking && now() - lookedAtMs >= waitAfterMs)
      await withinDeadline(looking, patienceMs).catch(() => undefined); // the one at hand serves
    return scorer;
  };
}
