import type { FaultKind } from './draw-faults.ts';
import type { Target } from './target.ts';

/** Something that goes wrong. */
export interface Fault {
  readonly name: string;
  readonly kind: FaultKind;
  /** Ends when the platform is whole again, or is about to be. Answers what was hit, or undefined when nothing was there to hit. */
  readonly inject: (target: Target, traffic: Traffic) => Promise<string | undefined>;
}

/** What flows while faults happen. */
export interface Traffic {
  /** Drops a file once more that was dropped before: another notice of rows that are under way or done. */
  readonly dropAgain: () => Promise<string | undefined>;
}
