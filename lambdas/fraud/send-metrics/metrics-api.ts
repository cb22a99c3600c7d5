import { remember } from '../../shared/aws/remember.ts';

export interface MetricsApi {
  /** URL of `POST /update_metrics`. */
  readonly url: string;
  /** Called once, and again after a 401 or 403, since the token may have been rotated. */
  readonly fetchToken: () => Promise<string>;
  readonly timeoutMs?: number;
}

/**
 * Posts bodies to the API.
 * @throws Error unless the status is 200; the message has neither body nor response
 */
export function metricsApi({
  url,
  fetchToken,
  timeoutMs = 5_000,
}: MetricsApi): (body: string) => Promise<void> {
  const token = remember(fetchToken);
  return async (body) => {
    const authorization = `Bearer ${await token.get()}`;
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((cause) => {
      throw new Error(`Sending metrics to ${url} failed`, { cause });
    });
    // An unread response would keep its connection open.
    await response.arrayBuffer();
    if (response.ok) return;
    if (response.status === 401 || response.status === 403) token.forget();
    throw new Error(`Sending metrics to ${url}: found status ${response.status}, expected 200`);
  };
}
