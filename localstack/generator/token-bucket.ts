export interface TokenBucket {
  /** Takes and returns the available tokens, at most `max`. */
  take(max: number): number;
}

/** A bucket that starts empty and fills at `perSecond`. It holds the tokens of one second; more are lost. */
export const tokenBucket = ({
  perSecond,
  nowMs,
}: {
  perSecond: number;
  nowMs: () => number;
}): TokenBucket => {
  let tokens = 0;
  let filledAtMs = nowMs();
  return {
    take: (max) => {
      const now = nowMs();
      tokens = Math.min(Math.max(1, perSecond), tokens + ((now - filledAtMs) / 1000) * perSecond);
      filledAtMs = now;
      const taken = Math.min(max, Math.floor(tokens));
      tokens -= taken;
      return taken;
    },
  };
};
