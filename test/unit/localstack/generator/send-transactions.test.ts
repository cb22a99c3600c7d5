import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { transactionFromWire } from '../../../../lambdas/shared/wire/transaction.ts';
import { predictOver, sendTransactions } from '../../../../localstack/generator/send-transactions.ts';
import { transactions } from '../../../../localstack/generator/transactions.ts';

const props = { seed: 1, startMs: Date.UTC(2024, 0, 1), accounts: 56, perDay: 448, fraudShare: 0.03 };

const sending = {
  rate: 1_000_000,
  seconds: 60,
  onProgress: () => {},
  signal: new AbortController().signal,
};

test('transactions of an account are sent in order, and accepted, refused and flagged ones are counted', async () => {
  const seen = new Map<string, string[]>();
  const accepted: string[] = [];
  const known = [...transactions(props).take(400)];
  const sent = await sendTransactions({
    ...sending,
    known,
    predict: async (transaction) => {
      const { transactionId, accountId, amount } = transactionFromWire(transaction);
      seen.set(accountId, [...(seen.get(accountId) ?? []), transactionId]);
      await new Promise(setImmediate);
      return amount < 3 ? { status: 429 } : { status: 200, fraud: amount > 100 };
    },
    onAccepted: ({ transaction }) => {
      accepted.push(transaction.transactionId);
    },
  });
  for (const ids of seen.values()) expect(ids).toEqual(ids.toSorted());
  const expected = known.filter(({ transaction }) => transaction.amount >= 3);
  expect(accepted.toSorted()).toEqual(expected.map(({ transaction }) => transaction.transactionId));
  expect(sent).toEqual({
    accepted: expected.length,
    refused: 400 - expected.length,
    frauds: expected.filter(({ isFraud }) => isFraud).length,
    flagged: expected.filter(({ transaction }) => transaction.amount > 100).length,
  });
});

test('sending fails when the API cannot be reached', async () => {
  const cause = new Error('connect ECONNREFUSED');
  const sent = sendTransactions({
    ...sending,
    known: transactions(props),
    predict: () => Promise.reject(cause),
    onAccepted: () => {},
  });
  await expect(sent).rejects.toMatchObject({ message: 'the API could not be reached', cause });
});

test('sending ends when its signal aborts', async () => {
  const stop = new AbortController();
  const sent = await sendTransactions({
    ...sending,
    signal: stop.signal,
    known: transactions(props),
    predict: async () => ({ status: 200 }),
    onAccepted: ({ transaction }) => {
      if (transaction.transactionId.endsWith('00000020')) stop.abort();
    },
  });
  expect(sent.accepted).toBeGreaterThan(20);
});

test('a call of the API carries token and transaction, and returns status and verdict', async () => {
  const seen: unknown[] = [];
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    seen.push({ method, url, authorization: headers.authorization, body: await json(request) });
    response.writeHead(seen.length === 1 ? 200 : 503);
    response.end(seen.length === 1 ? '{"fraud":true}' : 'no JSON');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    const predict = predictOver({ url: `http://127.0.0.1:${port}/stage`, token: 'secret' });
    expect(await predict({ amount: 1 })).toEqual({ status: 200, fraud: true });
    expect(await predict({ amount: 1 })).toEqual({ status: 503, fraud: false });
    const call = {
      method: 'POST',
      url: '/stage/predict',
      authorization: 'Bearer secret',
      body: { amount: 1 },
    };
    expect(seen).toEqual([call, call]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
