import { topics } from '../../../lambdas/shared/kafka/topics.ts';
import type { Endpoints } from '../../../localstack/endpoints.ts';
import type { Json } from '../../../localstack/slack-inbox/block-kit.ts';
import { type Comparison, compare } from './compare.ts';
import { type DeadLetters, indexLetters } from './dead-letters.ts';
import type { DroppedFile } from './known-files.ts';
import { type Observed, observe } from './observed.ts';
import { countAll, predictionId, type Scored } from './scored.ts';
import { rowsTold } from './slack-messages.ts';
import { readTopic } from './topic-reader.ts';
import type { SentTransactions } from './transaction-traffic.ts';
import { type Watched, watchAll } from './watched.ts';

/** What was given to the platform, and what it said to Slack. */
interface WentIn {
  readonly dropped: readonly DroppedFile[];
  readonly sent: SentTransactions;
  readonly toSlack: readonly Json[];
}

/** What came of everything, compared with what should have. */
export async function compareAll(
  endpoints: Endpoints,
  { dropped, sent, toSlack }: WentIn,
  chaosRate: number,
): Promise<Comparison[]> {
  const observed = await observe(endpoints);
  const records = await readTopic(endpoints, topics.weatherData.name);
  const letters = indexLetters(observed.deadLetters, records, sourcesOf(dropped));
  return [
    ...compareWeather(observed, dropped, letters, watchAll(records, chaosRate, letters)),
    ...compareRedriven(observed),
    compare('alerts and errors that Slack got', observed.tellable, rowsTold(toSlack)),
    ...compareTransactions(observed, sent, countAll(await readTopic(endpoints, topics.transactions.name))),
  ];
}

function compareWeather(
  observed: Observed,
  dropped: readonly DroppedFile[],
  letters: DeadLetters,
  { watched, givenUp, givenUpRedriven, ...reference }: Watched,
): Comparison[] {
  const valid = dropped.flatMap(({ source, validLines }) => validLines.map((line) => `${source}:${line}`));
  const invalid = dropped.flatMap(({ source, invalidLines }) =>
    invalidLines.map((line) => withoutETag(`${source}:${line}`)),
  );
  const errors = [...invalid, ...givenUp.map(withoutETag)];
  return [
    compare(
      'valid rows in the lake',
      valid,
      observed.landed.map(({ row, place }) => row ?? letters.rowAt(place) ?? place),
    ),
    // The reference below has what the topic has: that this is every row is shown here.
    compare('valid rows watched, or given up', valid, [...watched, ...givenUp, ...givenUpRedriven]),
    compare('invalid rows, and given up, in Postgres', errors, observed.errors),
    compare('the same, in the lake', errors, observed.errorEvents),
    compare('windows, as a reference has them', reference.windows, observed.windows),
    compare('alerts, as a reference has them', reference.alerts, observed.alerts),
    compare('counters, as a reference has them', reference.counters, observed.counters),
  ];
}

/** Only when there were any: most faults make Lambda give up nothing. */
const compareRedriven = ({ deadLetters, redriven }: Observed): Comparison[] =>
  deadLetters.length === 0
    ? []
    : [
        compare(
          'records that Lambda gave up, redriven',
          deadLetters.map(({ id }) => id),
          redriven,
        ),
      ];

const sourcesOf = (dropped: readonly DroppedFile[]): Map<string, string> =>
  new Map(
    dropped.flatMap(({ source, validLines }) =>
      validLines.map((line) => [withoutETag(`${source}:${line}`), `${source}:${line}`] as const),
    ),
  );

/** A transaction that got no answer may be there or not: it is compared with Kafka alone. */
function compareTransactions(
  { predictions, scoredCounters, histograms }: Observed,
  { answered, unanswered }: SentTransactions,
  reference: Scored,
): Comparison[] {
  const ids = [...answered].map(([transactionId, outcome]) => predictionId(transactionId, outcome));
  const ofAnswered = predictions.filter((id) => !unanswered.has(id.split(' ')[0] ?? ''));
  return [
    compare('answered transactions, as predictions', ids, ofAnswered),
    compare('transactions on Kafka, as predictions', reference.predictions, predictions),
    compare('fraud_transactions_total, as a reference', reference.counters, scoredCounters),
    compare('histograms, as a reference fills them', reference.histograms, histograms),
  ];
}

/** `<object key>:<line>`: error rows name a file by its key alone. */
const withoutETag = (row: string): string => row.replace(/@[^@]*(?=:\d+$)/, '');
