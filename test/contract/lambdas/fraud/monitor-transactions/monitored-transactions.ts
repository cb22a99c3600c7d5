import fc from 'fast-check';
import type { Challenger } from '../../../../../lambdas/fraud/monitor-transactions/score-in-shadow.ts';
import type { Features } from '../../../../../lambdas/fraud/score-transaction/features.ts';
import { modelReferenceFrom } from '../../../../../lambdas/fraud/shared/model-reference.ts';
import type { KafkaEvent } from '../../../../../lambdas/shared/kafka/kafka-event.ts';
import type { Query } from '../../../../../lambdas/shared/postgres/database.ts';
import {
  encodeScoredTransaction,
  type ScoredTransaction,
} from '../../../../../lambdas/shared/wire/scored-transaction.ts';
import { kafkaEvent } from '../../../../fixtures/kafka-events.ts';

export const bucketMs = 60_000;

const scoreReference = {
  score: { kind: 'number', edges: [0.5], counts: [1, 1], missing: 0, quantiles: [] },
  segments: {},
  segmentFeatures: {},
};
const reference = (version: string, edges: readonly number[]) =>
  modelReferenceFrom({
    version,
    features: {
      amount_log: {
        kind: 'number',
        edges,
        counts: Array(edges.length + 1).fill(1),
        missing: 0,
        quantiles: [],
      },
      channel: { kind: 'category', categories: ['pos', 'online'], counts: [1, 1, 0], missing: 0 },
      never_sent: { kind: 'number', edges: [0], counts: [0, 1], missing: 0, quantiles: [] },
    },
    // As of a model that was trained before references had scores.
    ...(version === 'v1' ? {} : scoreReference),
  });

/** Two models with different bins. The third model that scores, `gone`, has no reference. */
export const references = new Map(
  [reference('v1', [0, 1, 2]), reference('v2', [1.5])].map((each) => [each.version, each]),
);

/** What the challenger says of these features; it throws for some. */
function challengerScore({ amount_log: amount, channel }: Pick<Features, 'amount_log' | 'channel'>): number {
  if (channel === 'atm') throw new Error('the challenger knows no atm');
  return amount === null ? 0.1 : amount / 4;
}

/** Scores with two features, one of which some transactions lack. */
export const challenger: Challenger = {
  version: 'c1',
  scorer: { features: ['amount_log', 'channel'], threshold: 0.5, score: challengerScore },
  report() {},
};

/** A scored transaction, or a text that is no scored transaction. */
export type Message = ScoredTransaction | string;

const startMs = Date.UTC(2026, 2, 1);

/** Few ids and a long time, so that transactions repeat and many buckets are used. */
const scored = fc.record({ id: fc.nat(120), random: fc.nat(1_000_000) }).map(({ id }): ScoredTransaction => {
  // All fields depend on the id only, so that any record of a transaction counts the same.
  const amount = ((id * 37) % 50) / 5 + 0.01;
  return {
    transaction: {
      transactionId: `t-${id}`,
      accountId: `a-${id % 7}`,
      amount,
      currency: 'EUR',
      merchantCategory: 'travel',
      country: id % 3 === 0 ? 'KR' : 'DE',
      channel: 'pos',
      timeMs: startMs - id,
    },
    features: {
      amount_log: id % 11 === 0 ? null : Math.log1p(amount),
      // Some were scored before there was this feature.
      ...(id % 13 === 0 ? {} : { channel: ['pos', 'online', 'atm', null, '\ud800\0'][id % 5] ?? null }),
      unknown_to_the_model: 1,
    },
    // Sums of such scores as floating-point numbers would depend on the order.
    score: (id % 10) / 10 + (id % 3) / 1e6,
    fraud: id % 10 === 9,
    rule: id % 20 === 19 ? 'burst' : null,
    modelVersion: ['v1', 'v2', 'v1', 'gone'][id % 4] ?? 'v1',
    scoredAtMs: startMs + id * 7_000,
  };
});

export const message: fc.Arbitrary<Message> = fc.oneof(
  { weight: 20, arbitrary: scored },
  { weight: 1, arbitrary: fc.constantFrom('no JSON', '{"transaction":{}}', 'null') },
);

export function eventOf(partition: number, from: number, messages: readonly Message[]): KafkaEvent {
  const records = messages.map((each, index) => ({
    offset: from + index,
    timestampMs: startMs,
    value: typeof each === 'string' ? each : encodeScoredTransaction(each),
  }));
  return kafkaEvent('transactions', { [partition]: records });
}

/** Leaves out the partition, which depends on the record that came first. */
export interface MonitoredOutcome {
  readonly transactions: readonly string[];
  /** The score and the verdict of the challenger; null where it could not score. */
  readonly shadows: Readonly<Record<string, readonly [number, boolean] | null>>;
  /** By verdict, by rule, and by what became of it in shadow. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly histograms: Readonly<Record<string, { counts: number[]; missing: number }>>;
  /** By model and segment: transactions, and missing values of `never_sent`, whose counts come last. */
  readonly segments: Readonly<Record<string, readonly number[]>>;
  /** By model and segment: counts, transactions, flagged ones, and the sums of their scores. */
  readonly scores: Readonly<Record<string, readonly number[]>>;
}

/** Computes the expected outcome of messages, one after another. */
export function referenceOutcome(partitions: readonly (readonly Message[])[]): MonitoredOutcome {
  const distinct = new Map<string, ScoredTransaction>();
  for (const each of partitions.flat()) {
    if (typeof each !== 'string') distinct.set(each.transaction.transactionId, each);
  }
  const outcomes: Record<string, number> = {};
  const histograms: Record<string, { counts: number[]; missing: number }> = {};
  const scores: Record<string, number[]> = {};
  const segments: Record<string, number[]> = {};
  const shadows: Record<string, [number, boolean] | null> = {};
  const count = (name: string) => {
    outcomes[name] = (outcomes[name] ?? 0) + 1;
  };
  for (const { transaction, score, fraud, rule, features, modelVersion, scoredAtMs } of distinct.values()) {
    count(fraud ? 'fraud' : 'legitimate');
    if (rule) count(rule);
    const shadow = referenceShadow(features, rule !== null);
    count(Array.isArray(shadow) ? 'scored' : shadow);
    shadows[transaction.transactionId] = Array.isArray(shadow) ? shadow : null;
    if (modelVersion === 'gone') continue;
    const { country, channel: used, merchantCategory } = transaction;
    const add = (segment: string, of: number, flagged: boolean) => {
      const millionths = Math.round(of * 1e6);
      const bins = modelVersion === 'v1' ? [] : [Number(of < 0.5), Number(of >= 0.5)];
      const more = [...bins, 1, Number(flagged), millionths, flagged ? millionths : 0];
      const name = `${modelVersion} ${segment}`;
      scores[name] = more.map((each, at) => each + (scores[name]?.[at] ?? 0));
    };
    const own = [`country ${country}`, `channel ${used}`, `merchant_category ${merchantCategory}`];
    for (const segment of ['all all', ...own]) add(segment, score, fraud);
    // Of three features, the last of which is missing always.
    for (const segment of modelVersion === 'v1' ? [] : own) {
      const [of, missing] = segments[`v2 ${segment}`] ?? [0, 0];
      segments[`v2 ${segment}`] = [(of ?? 0) + 3, (missing ?? 0) + 1];
    }
    if (Array.isArray(shadow)) {
      add('champion c1', score, fraud);
      add('challenger c1', ...shadow);
      if (fraud !== shadow[1]) add('disagreement c1', score, fraud);
    }
    const minute = new Date(scoredAtMs).toISOString().slice(0, 16);
    const edges = modelVersion === 'v1' ? [0, 1, 2] : [1.5];
    const addFeature = (feature: string, bins: number, bin: number | undefined) => {
      const name = `${modelVersion} ${feature} ${minute}`;
      const histogram = histograms[name] ?? { counts: Array<number>(bins).fill(0), missing: 0 };
      histograms[name] = histogram;
      if (bin === undefined) histogram.missing++;
      else histogram.counts[bin] = (histogram.counts[bin] ?? 0) + 1;
    };
    const { amount_log: amount, channel } = features;
    addFeature(
      'amount_log',
      edges.length + 1,
      typeof amount === 'number' ? edges.filter((edge) => edge <= amount).length : undefined,
    );
    const place = ['pos', 'online'].indexOf(String(channel));
    addFeature('channel', 3, typeof channel !== 'string' ? undefined : place === -1 ? 2 : place);
    addFeature('never_sent', 2, undefined);
  }
  return { transactions: [...distinct.keys()].sort(), shadows, outcomes, histograms, segments, scores };
}

function referenceShadow(
  { amount_log: amount, channel }: ScoredTransaction['features'],
  breaksRule: boolean,
) {
  if (channel === undefined) return 'incomplete';
  if (channel === 'atm') return 'failed';
  const score = typeof amount === 'number' ? amount / 4 : 0.1;
  return [score, breaksRule || score >= 0.5] satisfies [number, boolean];
}

export async function readOutcome(query: Query): Promise<MonitoredOutcome> {
  const transactions = await query<{ id: string; score: number | null; fraud: boolean | null }>(
    `select transaction_id as id, challenger_score as score, challenger_fraud as fraud
       from predictions where challenger_version = 'c1'`,
  );
  const outcomes = await query<{ outcome: string; count: number }>(
    `select coalesce(labels->>'outcome', labels->>'rule') as outcome, sum(value)::int as count from metric_counters
      where name in ('fraud_transactions_total', 'fraud_rule_transactions_total', 'fraud_shadow_transactions_total')
      group by 1`,
  );
  const histograms = await query<{ name: string; counts: number[]; missing: number }>(
    `select name, array_agg(count order by bin) as counts, missing
       from (select concat_ws(' ', model_version, feature,
                              to_char(window_start at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI')) as name,
                    bin, sum(count)::int as count, sum(missing)::int as missing
               from feature_histograms, unnest(counts) with ordinality as one(count, bin)
              group by 1, 2) as bins
      group by 1, 3`,
  );
  const segments = await query<{ name: string; sums: number[] }>(
    `select concat_ws(' ', model_version, dimension, segment) as name,
            array[sum((select sum(count) from unnest(counts) as count))::int,
                  sum(counts[array_upper(counts, 1)])::int] as sums
       from segment_features group by 1`,
  );
  const scores = await query<{ name: string; sums: number[] }>(
    `select concat_ws(' ', model_version, dimension, segment) as name,
            case when model_version = 'v1' then '{}'
                 else array[sum(counts[1])::int, sum(counts[2])::int] end ||
            array[sum(transactions)::int, sum(flagged)::int, sum(score_sum)::int, sum(flagged_score_sum)::int] as sums
       from segment_scores group by model_version, dimension, segment`,
  );
  return {
    transactions: transactions.map(({ id }) => id).sort(),
    shadows: Object.fromEntries(
      transactions.map(({ id, score, fraud }) => [
        id,
        score === null || fraud === null ? null : [score, fraud],
      ]),
    ),
    outcomes: Object.fromEntries(outcomes.map(({ outcome, count }) => [outcome, count])),
    histograms: Object.fromEntries(
      histograms.map(({ name, counts, missing }) => [name, { counts, missing }]),
    ),
    segments: Object.fromEntries(segments.map(({ name, sums }) => [name, sums])),
    scores: Object.fromEntries(scores.map(({ name, sums }) => [name, sums])),
  };
}
