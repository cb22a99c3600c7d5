export interface WatermarkRules {
  readonly windowMs: number;
  /** How far the watermark stays behind the newest reading. */
  readonly delayMs: number;
  /** A reading more than this ahead of the newest is a jump. One reading alone does not prove a jump. */
  readonly jumpMs: number;
}

/** How far one series (a location on a partition) has come in event time. */
export interface Progress {
  /** Event time of the newest reading; -Infinity before the first. */
  newestMs: number;
  /** Event time of the last on-time reading if it was an unconfirmed jump; otherwise null. */
  unconfirmedMs: number | null;
}

type Step = 'continues' | 'unconfirmed jump' | 'confirmed jump';

export const windowStart = (observedAtMs: number, windowMs: number): number =>
  Math.floor(observedAtMs / windowMs) * windowMs;

/** Whether a reading is late: the watermark had reached the end of its window when the reading arrived. */
export function isLate({ newestMs }: Progress, startMs: number, { windowMs, delayMs }: WatermarkRules) {
  return startMs + windowMs <= newestMs - delayMs;
}

/**
 * Advances the progress by an on-time reading. Two rules keep one wrong date from making all later readings
 * late:
 * - Event time never passes the time at which Kafka received the reading.
 * - A jump counts when a second reading in a row confirms it, and then only up to the earlier of the two.
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
    return 'continues';
  }
  if (unconfirmedMs === null) {
    progress.unconfirmedMs = atMs;
    return 'unconfirmed jump';
  }
  progress.newestMs = Math.min(unconfirmedMs, atMs);
  return 'confirmed jump';
}
