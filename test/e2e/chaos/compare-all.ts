import { topics } from '../../../lambdas/shared/kafka/topics.ts';
import { counters } from '../../../lambdas/shared/metrics/metrics.ts';
import type { Endpoints } from '../../../localstack/endpoints.ts';
import type { Json } from '../../../localstack/slack-inbox/block-kit.ts';
import { type Comparison, compare } from './compare.ts';
import { type DeadLetters, indexDeadLetters } from './dead-letters.ts';
import type { DroppedFile } from './known-files.ts';
import { type Observed, observe } from './observed.ts';
import { countAll, predictionId, type Scored } from './scored.ts';
import { reportedRows } from './slack-messages.ts';
import { readTopic } from './topic-reader.ts';
import type { SentTransactions } from './transaction-traffic.ts';
import { counterId, type Watched, watchAll } from './watched.ts';

/** The input of the platform, and its messages to Slack. */
interface Sent {
  readonly dropped: readonly DroppedFile[];
  readonly transactions: SentTransactions;
  readonly slackMessages: readonly Json[];
}

/** Compares all stored results with the expected ones. */
export async function compareAll(
  endpoints: Endpoints,
  { dropped, transactions, slackMessages }: Sent,
  chaosRate: number,
): Promise<Comparison[]> {
  const observed = await observe(endpoints);
  const records = await readTopic(endpoints, topics.weatherData.name);
  const discarded = new Set(observed.discarded);
  const deadLetters = indexDeadLetters(observed.deadLetters, records, sourcesOf(dropped), discarded);
  const scored = countAll(await readTopic(endpoints, topics.transactions.name));
  return [
    ...compareWeather(observed, dropped, deadLetters, watchAll(records, chaosRate, deadLetters)),
    ...compareRedriven(observed),
    compare('alerts and errors in Slack', observed.reportable, reportedRows(slackMessages)),
    ...compareTransactions(observed, transactions, scored),
  ];
}

function compareWeather(
  observed: Observed,
  dropped: readonly DroppedFile[],
  deadLetters: DeadLetters,
  { watched, exhausted, exhaustedRedriven, ...reference }: Watched,
): Comparison[] {
  const valid = dropped.flatMap(({ source, validLines }) => validLines.map((line) => `${source}:${line}`));
  const invalid = dropped.flatMap(({ key, invalidLines }) => invalidLines.map((line) => `${key}:${line}`));
  const keyOf = new Map(dropped.map(({ source, key }) => [source, key]));
  const withKey = (row: string) => row.replace(/^[^:]+/, (source) => keyOf.get(source) ?? source);
  const errors = [...invalid, ...exhausted.map(withKey)];
  return [
    compare(
      'valid rows in the lake',
      valid,
      observed.landed.map(({ row, origin }) => row ?? deadLetters.rowAt(origin) ?? origin),
    ),
    // The reference below reads the topic only. This line shows that the topic has every row.
    compare('valid rows watched or exhausted', valid, [...watched, ...exhausted, ...exhaustedRedriven]),
    compare('invalid and exhausted rows in Postgres', errors, observed.errors),
    compare('invalid and exhausted rows in the lake', errors, observed.errorEvents),
    compare('windows against the reference', reference.windows, observed.windows),
    compare('alerts against the reference', reference.alerts, observed.alerts),
    compare('weather counters against the reference', reference.counters, observed.counters),
    compare('counts of landed rows against the lake', landedByPartition(observed), observed.landedCounters),
  ];
}

const landedByPartition = ({ landed }: Observed): string[] =>
  [...Map.groupBy(landed, ({ partition }) => partition)].map(([partition, rows]) =>
    counterId(counters.weatherLandedRows.name, partition, rows.length),
  );

/** Most faults make Lambda discard nothing; then there is nothing to compare. */
const compareRedriven = ({ deadLetters, redriven }: Observed): Comparison[] =>
  deadLetters.length === 0
    ? []
    : [
        compare(
          'discarded records redriven',
          deadLetters.map(({ id }) => id),
          redriven,
        ),
      ];

const sourcesOf = (dropped: readonly DroppedFile[]): Map<string, string> =>
  new Map(
    dropped.flatMap(({ key, source, validLines }) =>
      validLines.map((line) => [`${key}:${line}`, `${source}:${line}`] as const),
    ),
  );

/** A transaction without an answer may or may not be stored, so it is compared with Kafka only. */
function compareTransactions(
  { predictions, scoredCounters, histograms }: Observed,
  { answered, unanswered }: SentTransactions,
  reference: Scored,
): Comparison[] {
  const ids = [...answered].map(([transactionId, outcome]) => predictionId(transactionId, outcome));
  const ofAnswered = predictions.filter((id) => !unanswered.has(id.split(' ')[0] ?? ''));
  return [
    compare('answered transactions in predictions', ids, ofAnswered),
    compare('transactions on Kafka in predictions', reference.predictions, predictions),
    compare('fraud_transactions_total against Kafka', reference.counters, scoredCounters),
    compare('feature histograms against Kafka', reference.histograms, histograms),
  ];
}
