import { randomUUID } from 'node:crypto';

/** Calls the HTTP API as any client does. */
export const callsTo =
  (apiUrl: () => string) =>
  async (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    {
      token,
      body,
      type = 'application/json',
    }: { token?: string | undefined; body?: unknown; type?: string } = {},
  ) => {
    const response = await fetch(new URL(path, apiUrl()), {
      method,
      headers: {
        'content-type': type,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };

export const aTransaction = (change: object = {}) => ({
  transactionId: randomUUID(),
  accountId: `api-${randomUUID()}`,
  amount: 12.5,
  currency: 'KRW',
  merchantCategory: 'groceries',
  country: 'KR',
  channel: 'pos',
  time: '2026-01-31T12:00:00Z',
  ...change,
});
