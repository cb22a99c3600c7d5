export interface BackoffLimits {
  readonly firstDelaySeconds: number;
  readonly maxDelaySeconds: number;
}

/**
 * The delay before an attempt, counted from 1: twice the one before it, up to the limit. Jitter takes off up
 * to half, so that records that failed together do not return together. `random` is at least 0 and less than
 * 1; 0 means no jitter.
 */
export function backoffSeconds(
  attempt: number,
  { firstDelaySeconds, maxDelaySeconds }: BackoffLimits,
  random: number,
): number {
  const longest = Math.min(maxDelaySeconds, firstDelaySeconds * 2 ** (attempt - 1));
  return Math.ceil(longest * (1 - random / 2));
}
