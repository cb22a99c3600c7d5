import { type Alert, type Change, changesSince, type Known, knownAfter } from './changes.ts';

export interface Ports {
  /** The alerts that fire now. Throws when Prometheus does not answer. */
  readonly firing: () => Promise<readonly Alert[]>;
  /** Hands a change to notify-slack, and returns when its queue has it. */
  readonly tell: (change: Change) => Promise<void>;
  /** What was told before, also by an earlier process. */
  readonly load: () => Known;
  readonly store: (known: Known) => void;
}

/**
 * Tells once that an alert fires, and once that it is over. A change that could not be told is told later;
 * one that was told, but not stored, may be told twice.
 */
export function alertRelay({ firing, tell, load, store }: Ports): () => Promise<void> {
  let known = load();
  return async () => {
    for (const change of changesSince(known, await firing())) {
      await tell(change);
      known = knownAfter(known, change);
      store(known);
    }
  };
}
