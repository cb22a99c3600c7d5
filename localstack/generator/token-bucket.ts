export interface TokenBucket {
  /** Takes as many tokens as there are, at most `max`. */
  take(max: number): number;
}

/** Fills at `perSecond`, up to a second's worth; what was not taken in time beyond that is lost. It starts empty. */
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
