import { topics } from '../../../lambdas/shared/topics.ts';
import type { Endpoints } from '../../../localstack/endpoints.ts';
import type { Json } from '../../../localstack/slack-inbox/block-kit.ts';
import { type Comparison, compare } from './compare.ts';
import type { DroppedFile } from './known-files.ts';
import { observe } from './observed.ts';
import { rowsTold } from './slack-messages.ts';
import { readTopic } from './topic-reader.ts';
import { watchAll } from './watched.ts';

/** What was given to the platform, and what it said to Slack. */
interface WentIn {
  readonly dropped: readonly DroppedFile[];
  readonly toSlack: readonly Json[];
}

/** What came of everything, compared with what should have. */
export async function compareAll(
  endpoints: Endpoints,
  { dropped, toSlack }: WentIn,
  chaosRate: number,
): Promise<Comparison[]> {
  const observed = await observe(endpoints);
  const valid = dropped.flatMap(({ source, validLines }) => validLines.map((line) => `${source}:${line}`));
  const invalid = dropped.flatMap(({ source, invalidLines }) =>
    invalidLines.map((line) => withoutETag(`${source}:${line}`)),
  );
  const { watched, givenUp, ...reference } = watchAll(
    await readTopic(endpoints, topics.weatherData.name),
    chaosRate,
  );
  const errors = [...invalid, ...givenUp.map(withoutETag)];
  return [
    compare('valid rows in the lake', valid, observed.landed),
    // The reference below has what the topic has: that this is every row is shown here.
    compare('valid rows watched, or given up', valid, [...watched, ...givenUp]),
    compare('invalid rows, and given up, in Postgres', errors, observed.errors),
    compare('the same, in the lake', errors, observed.errorEvents),
    compare('windows, as a reference has them', reference.windows, observed.windows),
    compare('alerts, as a reference has them', reference.alerts, observed.alerts),
    compare('counters, as a reference has them', reference.counters, observed.counters),
    compare('alerts and errors that Slack got', observed.tellable, rowsTold(toSlack)),
  ];
}

/** `<object key>:<line>`: error rows name a file by its key alone. */
const withoutETag = (row: string): string => row.replace(/@[^@]*(?=:\d+$)/, '');
