import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { csvLabels } from '../../../../lambdas/fraud/record-labels/label.ts';
import { featureKinds } from '../../../../lambdas/fraud/score-transaction/features.ts';
import { transactionFromWire, transactionToWire } from '../../../../lambdas/shared/wire/transaction.ts';
import { predictOver, sendTransactions } from '../../../../localstack/generator/send-transactions.ts';
import { trainingRows } from '../../../../localstack/generator/training-rows.ts';
import { readTransactionsCommand } from '../../../../localstack/generator/transaction-options.ts';
import {
  type KnownTransaction,
  transactions,
  truthHeader,
  truthLine,
} from '../../../../localstack/generator/transactions.ts';
import { writeTransactions } from '../../../../localstack/generator/write-transactions.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startMs = Date.UTC(2024, 0, 1);
const driftAtMs = startMs + 10 * dayMs;
const props = { seed: 1, startMs, accounts: 56, perDay: 448, fraudShare: 0.03 };

/** 20 days or so. */
const count = 9_000;
const steady = [...transactions(props).take(count)];
const drifting = [...transactions({ ...props, driftAtMs }).take(count)];
const isEarly = ({ transaction }: KnownTransaction) => transaction.timeMs < driftAtMs;
const honest = ({ isFraud }: KnownTransaction) => !isFraud;
const shareOf = (all: readonly KnownTransaction[], holds: (each: KnownTransaction) => boolean) =>
  all.filter(holds).length / all.length;

describe('generated transactions', () => {
  test('are what the API takes, each with a number of its own, in order of time', () => {
    for (const { transaction } of drifting.filter((_, at) => at % 20 === 0))
      expect(transactionFromWire(JSON.parse(JSON.stringify(transactionToWire(transaction))))).toEqual(
        transaction,
      );
    expect(new Set(drifting.map(({ transaction }) => transaction.transactionId)).size).toBe(count);
    const times = drifting.map(({ transaction }) => transaction.timeMs);
    expect(times.toSorted((one, other) => one - other)).toEqual(times);
  });

  test('are the same for the same options, and others for another seed', () => {
    expect([...transactions(props).take(500)]).toEqual(steady.slice(0, 500));
    const others = [...transactions({ ...props, seed: 2 }).take(500)];
    expect(others.map(({ transaction }) => transaction.amount)).not.toEqual(
      steady.slice(0, 500).map(({ transaction }) => transaction.amount),
    );
  });

  test('are as many a day, and as many of them frauds, as was asked for', () => {
    const days = ((steady.at(-1)?.transaction.timeMs ?? 0) - startMs) / dayMs;
    expect(count / days / 448).toBeCloseTo(1, 1);
    expect(shareOf(steady, ({ isFraud }) => isFraud)).toBeGreaterThan(0.02);
    expect(shareOf(steady, ({ isFraud }) => isFraud)).toBeLessThan(0.04);
  });

  test('are few at night and most at noon and in the evening', () => {
    const atHours = (...hours: number[]) =>
      shareOf(steady.filter(honest), ({ transaction }) =>
        hours.includes(new Date(transaction.timeMs).getUTCHours()),
      );
    expect(atHours(12, 18)).toBeGreaterThan(4 * atHours(2, 3));
  });

  test('are most at weekends', () => {
    const onDays = (...days: number[]) =>
      steady.filter((each) => honest(each) && days.includes(new Date(each.transaction.timeMs).getUTCDay()));
    expect(onDays(0, 6).length / 2).toBeGreaterThan((onDays(1, 2, 3, 4, 5).length / 5) * 1.05);
  });

  test('have each of the known patterns of fraud', () => {
    const patterns = new Set(steady.map(({ pattern }) => pattern));
    for (const pattern of ['card-testing', 'takeover', 'impossible-travel', 'collusion'] as const)
      expect(patterns).toContain(pattern);
  });

  test('of card testing are many and small, seconds apart, on one account', () => {
    const tests = steady.filter(
      ({ pattern, transaction }) => pattern === 'card-testing' && transaction.amount < 20,
    );
    const gaps = [...Map.groupBy(tests, ({ transaction }) => transaction.accountId).values()].flatMap(
      (each) =>
        each.slice(1).map(({ transaction }, at) => transaction.timeMs - (each[at]?.transaction.timeMs ?? 0)),
    );
    expect(gaps.filter((gap) => gap <= 60_000).length / gaps.length).toBeGreaterThan(0.9);
  });

  test('of impossible travel are in another country within the hour', () => {
    const features = [...trainingRows(steady)].filter((_, at) => steady[at]?.pattern === 'impossible-travel');
    const impossible = features.filter(
      ({ features: { country_changed, seconds_since_last } }) =>
        country_changed === 1 && (seconds_since_last ?? 0) < 3600,
    );
    expect(impossible.length).toBeGreaterThan(10);
  });

  test('of collusion are round sums on several cards in one evening', () => {
    const booked = steady.filter(({ pattern }) => pattern === 'collusion');
    const evenings = Map.groupBy(booked, ({ transaction }) => Math.floor(transaction.timeMs / dayMs));
    expect(booked.every(({ transaction }) => Number.isInteger(transaction.amount))).toBe(true);
    for (const cards of evenings.values())
      expect(new Set(cards.map(({ transaction }) => transaction.accountId)).size).toBeGreaterThan(1);
  });

  test('are labelled two hours to two days later', () => {
    const delays = steady.map(({ transaction, labelledAtMs }) => labelledAtMs - transaction.timeMs);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(2 * hourMs);
    expect(Math.max(...delays)).toBeLessThanOrEqual(48 * hourMs);
  });
});

describe('a drift', () => {
  test('leaves what was before it as it is', () => {
    // What was planned before the drift may still be to come: the streams part with the first that is decided after it.
    const same = drifting.filter(isEarly);
    expect(same).toEqual(steady.slice(0, same.length));
    expect(same.length).toBeGreaterThan(4_000);
  });

  test('makes life dearer, and moves it online', () => {
    const [early, late] = [drifting.filter(isEarly), drifting.filter((each) => !isEarly(each))].map((all) =>
      all.filter(honest),
    ) as [KnownTransaction[], KnownTransaction[]];
    const online = ({ transaction }: KnownTransaction) => transaction.channel === 'online';
    const median = (all: KnownTransaction[]) =>
      all.map(({ transaction }) => transaction.amount).toSorted((a, b) => a - b)[all.length >> 1] ?? 0;
    expect(shareOf(late, online)).toBeGreaterThan(1.5 * shareOf(early, online));
    const dearer = (all: KnownTransaction[]) =>
      median(all.filter(({ transaction }) => transaction.merchantCategory === 'groceries'));
    expect(dearer(late)).toBeGreaterThan(1.3 * dearer(early));
  });

  test('brings frauds that were hardly known before', () => {
    const isNew = ({ pattern }: KnownTransaction) =>
      pattern === 'persuasion' || pattern === 'patient-testing';
    const frauds = drifting.filter(({ isFraud }) => isFraud);
    expect(shareOf(frauds.filter(isEarly), isNew)).toBeLessThan(0.1);
    expect(
      shareOf(
        frauds.filter((each) => !isEarly(each)),
        isNew,
      ),
    ).toBeGreaterThan(0.5);
  });
});

describe('the files', () => {
  test('hold the transactions, the truth about each, and the features it would have been scored by', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'isobar-transactions-'));
    const linesOf = (name: string) => readFileSync(path.join(folder, name), 'utf8').trimEnd().split('\n');
    try {
      const said: string[] = [];
      const command = { mode: 'files', stream: props, historyDays: 0, count: 300, folder } as const;
      await writeTransactions({ command, print: (line) => said.push(line) });
      const sent = linesOf('transactions.jsonl').map((line) => transactionFromWire(JSON.parse(line)));
      expect(sent).toEqual(steady.slice(0, 300).map(({ transaction }) => transaction));
      const [header, ...truth] = linesOf('truth.csv');
      expect(header).toBe('transaction_id,is_fraud,labelled_at');
      expect(truth).toEqual(steady.slice(0, 300).map(truthLine));
      const rows = linesOf('training.jsonl').map((line) => JSON.parse(line));
      expect(rows.map((row) => row.transaction_id)).toEqual(sent.map(({ transactionId }) => transactionId));
      for (const row of rows) expect(Object.keys(row.features)).toEqual(Object.keys(featureKinds));
      expect(said[0]).toMatch(/^300 transactions in .*, \d+ of them frauds\.$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('sending', () => {
  const sending = {
    rate: 1_000_000,
    seconds: 60,
    onProgress: () => {},
    signal: new AbortController().signal,
  };

  test('keeps the order of an account, and counts what was taken, refused and found', async () => {
    const seen = new Map<string, string[]>();
    const taken: string[] = [];
    const known = steady.slice(0, 400);
    const sent = await sendTransactions({
      ...sending,
      known,
      predict: async (transaction) => {
        const { transactionId, accountId, amount } = transactionFromWire(transaction);
        seen.set(accountId, [...(seen.get(accountId) ?? []), transactionId]);
        await new Promise(setImmediate);
        return amount < 3 ? { status: 429 } : { status: 200, fraud: amount > 100 };
      },
      onTaken: ({ transaction }) => {
        taken.push(transaction.transactionId);
      },
    });
    for (const ids of seen.values()) expect(ids).toEqual(ids.toSorted());
    const expected = known.filter(({ transaction }) => transaction.amount >= 3);
    expect(taken.toSorted()).toEqual(expected.map(({ transaction }) => transaction.transactionId));
    expect(sent).toEqual({
      taken: expected.length,
      refused: 400 - expected.length,
      frauds: expected.filter(({ isFraud }) => isFraud).length,
      flagged: expected.filter(({ transaction }) => transaction.amount > 100).length,
    });
  });

  test('ends, and says so, when the API cannot be reached', async () => {
    const cause = new Error('connect ECONNREFUSED');
    const sent = sendTransactions({
      ...sending,
      known: transactions(props),
      predict: () => Promise.reject(cause),
      onTaken: () => {},
    });
    await expect(sent).rejects.toMatchObject({ message: 'the API could not be reached', cause });
  });

  test('ends when it is told to', async () => {
    const stop = new AbortController();
    const sent = await sendTransactions({
      ...sending,
      signal: stop.signal,
      known: transactions(props),
      predict: async () => ({ status: 200 }),
      onTaken: ({ transaction }) => {
        if (transaction.transactionId.endsWith('00000020')) stop.abort();
      },
    });
    expect(sent.taken).toBeGreaterThan(20);
  });
});

describe('a call of the API', () => {
  test('carries the token and the transaction, and tells status and verdict', async () => {
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
});

describe('the truth', () => {
  test('is a file of labels', () => {
    const label = csvLabels();
    const records = [truthHeader, ...steady.slice(0, 50).map(truthLine)].map((line, at) => ({
      line: at + 1,
      cells: line.split(','),
      raw: line,
    }));
    const labels = records.map((record) => label(record)).filter((each) => each !== undefined);
    expect(labels).toEqual(
      steady.slice(0, 50).map(({ transaction: { transactionId }, isFraud, labelledAtMs }) => ({
        transactionId,
        isFraud,
        labelledAtMs,
      })),
    );
  });
});

describe('the command line of `generate -- transactions`', () => {
  const nowMs = Date.UTC(2026, 0, 1);
  const read = (args: string) => readTransactionsCommand(args.split(' '), { folder: '/here', nowMs });

  test('writes files', () => {
    expect(
      read('--to out --count 10 --seed 7 --start 2024-01-31 --accounts 20 --fraud-share 0.1 --drift-at +3d'),
    ).toEqual({
      mode: 'files',
      historyDays: 20,
      count: 10,
      folder: '/here/out',
      stream: {
        seed: 7,
        startMs: Date.UTC(2024, 0, 31),
        accounts: 20,
        perDay: 160,
        fraudShare: 0.1,
        driftAtMs: Date.UTC(2024, 1, 3),
      },
    });
  });

  test('calls the API', () => {
    expect(
      read(
        '--rate 5 --seconds 60 --api http://127.0.0.1:1/x/ --truth truth.csv --labels-after 1.5m --drift-at +12h',
      ),
    ).toEqual({
      mode: 'calls',
      historyDays: 20,
      count: Number.POSITIVE_INFINITY,
      rate: 5,
      seconds: 60,
      apiUrl: 'http://127.0.0.1:1/x/',
      truthFile: '/here/truth.csv',
      labelsAfterMs: 90_000,
      stream: {
        seed: nowMs >>> 0,
        startMs: nowMs,
        accounts: 150,
        perDay: 1_200,
        fraudShare: 0.03,
        driftAtMs: nowMs + 12 * hourMs,
      },
    });
  });

  test.each([
    ['--to out --truth t.csv', '--truth is for the API: add --rate'],
    ['--to out --rate 5', '--to is for files: leave out --rate'],
    ['--rate 5 --labels-after soon', '--labels-after is "soon", expected a time such as 30s, 1m or 2h'],
    ['--count 5', 'where to? --to FOLDER writes files, --rate N calls the API'],
    ['--to out --drift-at tomorrow', '--drift-at tomorrow: expected a date'],
    ['--to out --fraud-share 0.9', '--fraud-share 0.9: expected a number from 0.001 to 0.5'],
  ])('refuses %s', (args, message) => {
    expect(() => read(args)).toThrow(message);
  });
});
