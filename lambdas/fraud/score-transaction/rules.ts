import type { Rule } from '../../shared/metrics/fraud-rules.ts';
import type { Features } from './features.ts';

/** Other transactions of an account within a minute. Holders have a few, when a shop charges in parts. */
export const burstSize = 20;

/** A rule that flags a transaction as fraud, whatever its score and whichever model is in use. */
export interface BrokenRule {
  readonly rule: Rule;
  readonly reason: string;
}

/** Undefined when the transaction breaks no rule. */
export function brokenRule({ transactions_last_minute: others }: Features): BrokenRule | undefined {
  if (others === null || others < burstSize) return undefined;
  return { rule: 'burst', reason: `a burst: ${others} other transactions of the account within a minute` };
}
