import { RateLimited } from '../shared/failures.ts';
import { alertMessage, digestMessage, type SlackMessage } from './messages.ts';

/** An alert that Slack has not been told of. */
export interface UnsentAlert {
  readonly alertId: string;
  readonly location: string;
  readonly type: string;
  readonly reason: string;
  readonly eventTimeMs: number;
}

export interface Ports {
  /** Takes up to `limit` unsent alerts that no other sender holds, and holds them for `leaseMs`. */
  readonly claim: (limit: number, leaseMs: number) => Promise<UnsentAlert[]>;
  readonly markSent: (alerts: readonly UnsentAlert[]) => Promise<void>;
  /** Gives alerts back, and counts the attempt. */
  readonly release: (alerts: readonly UnsentAlert[]) => Promise<void>;
  readonly send: (message: SlackMessage) => Promise<void>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly remainingMs: () => number;
}

/** Slack allows a webhook one message a second. https://docs.slack.dev/apis/web-api/rate-limits/ */
const messageIntervalMs = 1_000;

/** From this many on, one message tells of all. */
const digestFrom = 6;
const digestLimit = 1_000;

/** What one more message needs: the pause, the request and the mark. Below it, the rest waits for the next nudge. */
const reserveMs = 10_000;

/**
 * Tells Slack of every unsent alert. Each alert is held by a lease that outlives this run, so that no other run sends it
 * too; it is marked as soon as Slack has taken it. Throws, with the alerts given back, when Slack does not take them.
 */
export async function notifySlack(ports: Ports): Promise<{ alerts: number; messages: number }> {
  let alerts = 0;
  let messages = 0;
  for (;;) {
    const claimed = await ports.claim(digestLimit, ports.remainingMs() + reserveMs);
    const batches = claimed.length < digestFrom ? claimed.map((alert) => [alert]) : [claimed];
    for (const [index, batch] of batches.entries()) {
      try {
        if (messages > 0) await waitFor(messageIntervalMs, ports);
        await sendBatch(batch, ports);
      } catch (error) {
        await ports.release(batches.slice(index).flat());
        throw error;
      }
      await ports.markSent(batch);
      alerts += batch.length;
      messages += 1;
    }
    if (claimed.length < digestLimit) return { alerts, messages };
  }
}

async function sendBatch(batch: readonly UnsentAlert[], ports: Ports): Promise<void> {
  const [only, ...others] = batch;
  const message = only && others.length === 0 ? alertMessage(only) : digestMessage(batch);
  try {
    await ports.send(message);
  } catch (error) {
    if (!(error instanceof RateLimited)) throw error;
    await waitFor(error.retryAfterMs, ports, error);
    await ports.send(message);
  }
}

async function waitFor(ms: number, { sleep, remainingMs }: Ports, cause?: Error): Promise<void> {
  if (remainingMs() < ms + reserveMs) throw new Error('No time left to keep to the pace of Slack', { cause });
  await sleep(ms);
}
