import { remember } from '../../shared/aws/secrets.ts';

export interface MetricsApi {
  /** Of `POST /update_metrics`. */
  readonly url: string;
  /** Asked for once, and again after a refusal, since it may have been rotated. */
  readonly fetchToken: () => Promise<string>;
  readonly timeoutMs?: number;
}

/** Sends a body to the API. Throws unless it was taken; neither the body nor the answer is in the message. */
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
    // Unread, it would keep its connection.
    await response.arrayBuffer();
    if (response.ok) return;
    if (response.status === 401 || response.status === 403) token.forget();
    throw new Error(`Sending metrics to ${url}: found status ${response.status}, expected 200`);
  };
}
