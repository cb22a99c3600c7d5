import type { Log } from '../aws/log.ts';
import { isOneOf } from './bearer-token.ts';

/** A revoked token is rejected after this time at the latest, a new one accepted after a tenth of it. */
const freshMs = 60_000;
const retryMs = freshMs / 10;
/** While Secrets Manager cannot be reached, the last known tokens are accepted for this long. */
const staleMs = 15 * 60_000;

export interface RotatingTokensOptions {
  /** Fetches the valid tokens: the current one and, after a rotation, the previous one. */
  readonly fetch: () => Promise<readonly string[]>;
  readonly now: () => number;
  readonly log: Log;
}

/** Tokens that may be rotated at any time. They are fetched once, and again when they may have changed. */
export function rotatingTokens({ fetch, now, log }: RotatingTokensOptions) {
  let known: { readonly tokens: readonly string[]; readonly atMs: number } | undefined;
  let triedAtMs = Number.NEGATIVE_INFINITY;

  const refresh = async (): Promise<readonly string[]> => {
    triedAtMs = now();
    try {
      known = { tokens: await fetch(), atMs: now() };
    } catch (error) {
      if (known === undefined || now() - known.atMs >= staleMs) throw error;
      log.error('fetching the tokens failed: the last known ones are still accepted', { error });
    }
    return known.tokens;
  };
  const mayRefresh = () => now() - triedAtMs >= retryMs;

  const tokens = async (): Promise<readonly string[]> => {
    if (known === undefined) return refresh();
    const ageMs = now() - known.atMs;
    return ageMs >= staleMs || (ageMs >= freshMs && mayRefresh()) ? refresh() : known.tokens;
  };

  return {
    async accepts(token: string): Promise<boolean> {
      if (isOneOf(await tokens(), token)) return true;
      // It may be a new token. The interval limits how often unknown tokens cause a fetch.
      return mayRefresh() && isOneOf(await refresh(), token);
    },
    /** Fetches the tokens before the first request. */
    async prepare(): Promise<void> {
      await refresh().catch(() => undefined); // the first request tries again, and reports the error
    },
  };
}
