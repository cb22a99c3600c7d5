import { describe, expect, test } from '@jest/globals';
import { csvLabels } from '../../../../lambdas/fraud/record-labels/label.ts';
import { transactionFromWire, transactionToWire } from '../../../../lambdas/shared/wire/transaction.ts';
import { trainingRows } from '../../../../localstack/generator/training-rows.ts';
import {
  type KnownTransaction,
  transactions,
  truthHeader,
  truthLine,
} from '../../../../localstack/generator/transactions.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const startMs = Date.UTC(2024, 0, 1);
const driftAtMs = startMs + 10 * dayMs;
const props = { seed: 1, startMs, accounts: 56, perDay: 448, fraudShare: 0.03 };

/** About 20 days. */
const count = 9_000;
const steady = [...transactions(props).take(count)];
const drifting = [...transactions({ ...props, driftAtMs }).take(count)];
const isEarly = ({ transaction }: KnownTransaction) => transaction.timeMs < driftAtMs;
const honest = ({ isFraud }: KnownTransaction) => !isFraud;
const shareOf = (all: readonly KnownTransaction[], holds: (each: KnownTransaction) => boolean) =>
  all.filter(holds).length / all.length;

describe('generated transactions', () => {
  test('generated transactions are valid for the API, with unique ids and in order of time', () => {
    for (const { transaction } of drifting.filter((_, at) => at % 20 === 0))
      expect(transactionFromWire(JSON.parse(JSON.stringify(transactionToWire(transaction))))).toEqual(
        transaction,
      );
    expect(new Set(drifting.map(({ transaction }) => transaction.transactionId)).size).toBe(count);
    const times = drifting.map(({ transaction }) => transaction.timeMs);
    expect(times.toSorted((one, other) => one - other)).toEqual(times);
  });

  test('generated transactions are the same for the same options, and differ for another seed', () => {
    expect([...transactions(props).take(500)]).toEqual(steady.slice(0, 500));
    const others = [...transactions({ ...props, seed: 2 }).take(500)];
    expect(others.map(({ transaction }) => transaction.amount)).not.toEqual(
      steady.slice(0, 500).map(({ transaction }) => transaction.amount),
    );
  });

  test('generated transactions have the requested rate and share of frauds', () => {
    const days = ((steady.at(-1)?.transaction.timeMs ?? 0) - startMs) / dayMs;
    expect(count / days / 448).toBeCloseTo(1, 1);
    expect(shareOf(steady, ({ isFraud }) => isFraud)).toBeGreaterThan(0.02);
    expect(shareOf(steady, ({ isFraud }) => isFraud)).toBeLessThan(0.04);
  });

  test('few transactions are made at night, and most at noon and in the evening', () => {
    const atHours = (...hours: number[]) =>
      shareOf(steady.filter(honest), ({ transaction }) =>
        hours.includes(new Date(transaction.timeMs).getUTCHours()),
      );
    expect(atHours(12, 18)).toBeGreaterThan(4 * atHours(2, 3));
  });

  test('most transactions are made at weekends', () => {
    const onDays = (...days: number[]) =>
      steady.filter((each) => honest(each) && days.includes(new Date(each.transaction.timeMs).getUTCDay()));
    expect(onDays(0, 6).length / 2).toBeGreaterThan((onDays(1, 2, 3, 4, 5).length / 5) * 1.05);
  });

  test('generated frauds have all known patterns', () => {
    const patterns = new Set(steady.map(({ pattern }) => pattern));
    for (const pattern of ['card-testing', 'takeover', 'impossible-travel', 'collusion'] as const)
      expect(patterns).toContain(pattern);
  });

  test('card testing makes many small purchases with one card, seconds apart', () => {
    const tests = steady.filter(
      ({ pattern, transaction }) => pattern === 'card-testing' && transaction.amount < 20,
    );
    const gaps = [...Map.groupBy(tests, ({ transaction }) => transaction.accountId).values()].flatMap(
      (each) =>
        each.slice(1).map(({ transaction }, at) => transaction.timeMs - (each[at]?.transaction.timeMs ?? 0)),
    );
    expect(gaps.filter((gap) => gap <= 60_000).length / gaps.length).toBeGreaterThan(0.9);
  });

  test('impossible travel uses a card in another country within an hour', () => {
    const features = [...trainingRows(steady)].filter((_, at) => steady[at]?.pattern === 'impossible-travel');
    const impossible = features.filter(
      ({ features: { country_changed, seconds_since_last } }) =>
        country_changed === 1 && (seconds_since_last ?? 0) < 3600,
    );
    expect(impossible.length).toBeGreaterThan(10);
  });

  test('collusion charges round amounts to several cards in one evening', () => {
    const booked = steady.filter(({ pattern }) => pattern === 'collusion');
    const evenings = Map.groupBy(booked, ({ transaction }) => Math.floor(transaction.timeMs / dayMs));
    expect(booked.every(({ transaction }) => Number.isInteger(transaction.amount))).toBe(true);
    for (const cards of evenings.values())
      expect(new Set(cards.map(({ transaction }) => transaction.accountId)).size).toBeGreaterThan(1);
  });

  test('transactions are labelled two hours to two days later', () => {
    const delays = steady.map(({ transaction, labelledAtMs }) => labelledAtMs - transaction.timeMs);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(2 * hourMs);
    expect(Math.max(...delays)).toBeLessThanOrEqual(48 * hourMs);
  });
});

describe('a drift', () => {
  test('a drift leaves the transactions before it unchanged', () => {
    // The streams differ from the first transaction that is decided after the drift.
    const same = drifting.filter(isEarly);
    expect(same).toEqual(steady.slice(0, same.length));
    expect(same.length).toBeGreaterThan(4_000);
  });

  test('after a drift, prices are higher and more is bought online', () => {
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

  test('after a drift, most frauds have patterns that were rare before', () => {
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

describe('the truth', () => {
  test('the truth has the format of files of labels', () => {
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
