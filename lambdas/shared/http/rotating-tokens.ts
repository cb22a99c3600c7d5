import type { Log } from '../aws/log.ts';
import { isOneOf } from './bearer-token.ts';

/** A token that was withdrawn is refused after this, and a new one accepted after a tenth of it. */
const freshMs = 60_000;
const retryMs = freshMs / 10;
/** As long as Secrets Manager cannot be reached, what it said last holds, but not for ever. */
const staleMs = 15 * 60_000;

export interface RotatingTokensOptions {
  /** The tokens that are valid now: the current one and, while callers change over, the one before. */
  readonly fetch: () => Promise<readonly string[]>;
  readonly now: () => number;
  readonly log: Log;
}

/** Tokens that may be rotated at any time: looked up once, and again when they may have changed. */
export function rotatingTokens({ fetch, now, log }: RotatingTokensOptions) {
  let held: { readonly tokens: readonly string[]; readonly atMs: number } | undefined;
  let triedAtMs = Number.NEGATIVE_INFINITY;

  const look = async (): Promise<readonly string[]> => {
    triedAtMs = now();
    try {
      held = { tokens: await fetch(), atMs: now() };
    } catch (error) {
      if (held === undefined || now() - held.atMs >= staleMs) throw error;
      log.error('tokens could not be looked up: those known before still hold', { error });
    }
    return held.tokens;
  };
  const mayLook = () => now() - triedAtMs >= retryMs;

  const tokens = async (): Promise<readonly string[]> => {
    if (held === undefined) return look();
    const ageMs = now() - held.atMs;
    return ageMs >= staleMs || (ageMs >= freshMs && mayLook()) ? look() : held.tokens;
  };

  return {
    async accepts(token: string): Promise<boolean> {
      if (isOneOf(await tokens(), token)) return true;
      // It may be new. A stranger cannot make this happen more often than that.
      return mayLook() && isOneOf(await look(), token);
    },
    /** Looks them up ahead of the first request. */
    async prepare(): Promise<void> {
      await look().catch(() => undefined); // the first request tries again, and says so
    },
  };
}
