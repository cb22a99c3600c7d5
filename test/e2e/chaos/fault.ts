import type { FaultKind } from './draw-faults.ts';
import type { Target } from './target.ts';

/** A fault to inject. */
export interface Fault {
  readonly name: string;
  readonly kind: FaultKind;
  /**
   * Resolves when the platform recovers or can recover: to the target hit, or to undefined without a target.
   */
  readonly inject: (target: Target, traffic: Traffic) => Promise<string | undefined>;
}

/** The input that flows during the faults. */
export interface Traffic {
  /** Drops an earlier file again, and returns its name. Its rows may be in progress or done. */
  readonly dropAgain: () => Promise<string | undefined>;
}
