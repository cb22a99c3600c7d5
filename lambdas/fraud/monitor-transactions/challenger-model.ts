import type { Log } from '../../shared/aws/log.ts';
import { isOutage } from '../../shared/failures/failures.ts';
import { readScorer } from '../score-transaction/read-scorer.ts';
import type { Challenger } from './score-in-shadow.ts';

/** Time between checks of the lake. A batch waits for its check, but not longer than the lake's timeouts. */
const checkEveryMs = 20_000;

export interface ChallengerOptions {
  /** The version of the lake that scores in shadow; undefined when none does. */
  readonly challengerVersion: () => Promise<string | undefined>;
  /** The text of model.json. */
  readonly readModel: (version: string) => Promise<string>;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Returns the challenger, at most 20 seconds late. It never fails: while the lake cannot be read the last one
 * stays, and a challenger whose file is broken has no scorer.
 */
export function challengerModel({ challengerVersion, readModel, now, log }: ChallengerOptions) {
  let challenger: Challenger | undefined;
  let checkedAtMs = Number.NEGATIVE_INFINITY;

  const load = async (version: string): Promise<Challenger> => {
    const report = (error: unknown) => log.error('the challenger failed', { version, error });
    try {
      return { version, scorer: readScorer(version, await readModel(version)), report };
    } catch (error) {
      if (isOutage(error)) throw error;
      report(error);
      return { version, scorer: undefined, report };
    }
  };

  return async (): Promise<Challenger | undefined> => {
    if (now() - checkedAtMs < checkEveryMs) return challenger;
    checkedAtMs = now();
    try {
      const version = await challengerVersion();
      if (version !== challenger?.version)
        challenger = version === undefined ? undefined : await load(version);
    } catch (error) {
      log.error('could not check for a challenger', { error });
    }
    return challenger;
  };
}
