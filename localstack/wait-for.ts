import { setTimeout as delay } from 'node:timers/promises';

/**
 * Polls `condition` until it returns a value other than undefined or false, and returns that value.
 * @throws Error after `deadlineMs`, with `what` and the last error that the condition threw
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
  throw new Error(`Waited ${options.deadlineMs / 1000} s for ${what}${detail}`, { cause });
}

/**
 * The deadline for a program to start. Long, for a busy machine: a program that exits ends the wait at once.
 */
export const startDeadlineMs = 300_000;
