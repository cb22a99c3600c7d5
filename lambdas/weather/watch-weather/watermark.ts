export interface WatermarkRules {
  readonly windowMs: number;
  /** How long a window stays open after the newest reading has passed its end. */
  readonly delayMs: number;
  /** A reading this far past the newest is a jump, which one reading alone does not prove. */
  readonly jumpMs: number;
}

/** How far the readings of one location on one partition have come, in event time. */
export interface Progress {
  /** The newest reading; -Infinity before the first. */
  newestMs: number;
  /** A reading that jumped ahead, when it was the last on time. */
  unconfirmedMs: number | null;
}

type Step = 'follows' | 'is unconfirmed' | 'resumes after a gap';

export const windowStart = (observedAtMs: number, windowMs: number): number =>
  Math.floor(observedAtMs / windowMs) * windowMs;

/** Whether the window that a reading belongs to was closed before the reading came. */
export function isLate({ newestMs }: Progress, startMs: number, { windowMs, delayMs }: WatermarkRules) {
  return startMs + windowMs <= newestMs - delayMs;
}

/**
 * Takes note of a reading that is not late. A clock cannot move the watermark past the time at which Kafka got the reading,
 * and a jump counts from the second reading in a row: else one wrong date would make all that follow late.
 */
export function advanceTo(
  progress: Progress,
  { observedAtMs, receivedAtMs }: { observedAtMs: number; receivedAtMs: number },
  { jumpMs }: WatermarkRules,
): Step {
  const atMs = Math.min(observedAtMs, receivedAtMs);
  const { newestMs, unconfirmedMs } = progress;
  progress.unconfirmedMs = null;
  if (newestMs === Number.NEGATIVE_INFINITY || atMs <= newestMs + jumpMs) {
    progress.newestMs = Math.max(newestMs, atMs);
    return 'follows';
  }
  if (unconfirmedMs === null) {
    progress.unconfirmedMs = atMs;
    return 'is unconfirmed';
  }
  progress.newestMs = Math.min(unconfirmedMs, atMs);
  return 'resumes after a gap';
}
