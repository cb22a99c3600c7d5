import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again and again until `condition` gives a value other than undefined or false, and returns it.
 * Fails after `deadlineMs`, naming `what` and the last error that the condition threw.
 */
export async function waitFor<T>(
  what: string,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  options: { deadlineMs: number; everyMs?: number; signal?: AbortSignal },
): Promise<T> {
  const deadline = Date.now() + options.deadlineMs;
  let cause: unknown;
  while (Date.now() < deadline) {
    options.signal?.throwIfAborted();
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      cause = error;
    }
    await delay(options.everyMs ?? 100);
  }
  const detail = cause instanceof Error ? `: ${cause.message}` : '';
  throw new Error(`waited ${options.deadlineMs / 1000} s for ${what}${detail}`, { cause });
}

/** For a program to come up: one that dies ends the wait at once, so this only has to be long enough for a busy machine. */
export const startDeadlineMs = 300_000;
