// Measures the CPU time of scoring a transaction, without HTTP, Postgres and Kafka. See README.md.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import {
  type AccountHistory,
  computeFeatures,
  emptyHistory,
  type Features,
} from '../lambdas/fraud/score-transaction/features.ts';
import { parseModel } from '../lambdas/fraud/score-transaction/model.ts';
import { reasonsFor } from '../lambdas/fraud/score-transaction/reasons.ts';
import { makeScorer } from '../lambdas/fraud/score-transaction/trees.ts';
import { transactionFromWire, transactionToWire } from '../lambdas/shared/wire/transaction.ts';
import { transactions } from '../localstack/generator/transactions.ts';
import { shownLoad } from './load.ts';
import { median } from './statistics.ts';

const { values: options } = parseArgs({
  options: { transactions: { type: 'string', default: '50000' }, rounds: { type: 'string', default: '7' } },
});
const count = Number(options.transactions);
const rounds = Number(options.rounds);

const shipped = path.join(import.meta.dirname, '../lambdas/fraud/score-transaction/shipped-model/model.json');
const text = readFileSync(shipped, 'utf8');
const model = parseModel(text);
const scorer = makeScorer(model);

const stream = { seed: 7, startMs: Date.UTC(2024, 0, 1), accounts: 150, perDay: 1_200, fraudShare: 0.03 };
const all = [
  ...transactions(stream)
    .take(count)
    .map(({ transaction }) => transaction),
];
const wire = all.map((each) => JSON.stringify(transactionToWire(each)));

/** Computes the features of all transactions, each with the history of its account. */
function computeAllFeatures(): Features[] {
  const histories = new Map<string, AccountHistory>();
  return all.map((transaction) => {
    const { features, history } = computeFeatures(
      histories.get(transaction.accountId) ?? emptyHistory,
      transaction,
    );
    histories.set(transaction.accountId, history);
    return features;
  });
}
const features = computeAllFeatures();
const flagged = features.filter((each) => scorer.score(each) >= scorer.threshold);

/** Uses each result, so that the compiler cannot remove the computation. */
let sink = 0;

const steps: Readonly<Record<string, { times: number; run: () => void }>> = {
  'trees: features to score': {
    times: count,
    run: () => {
      for (const each of features) sink += scorer.score(each);
    },
  },
  'history: features and the new history': { times: count, run: () => void computeAllFeatures() },
  both: {
    times: count,
    run: () => {
      for (const each of computeAllFeatures()) sink += scorer.score(each);
    },
  },
  'reasons of a score': {
    times: count,
    run: () => {
      for (const each of features) sink += reasonsFor(each, scorer.contributions(each)).length;
    },
  },
  'JSON text to transaction': {
    times: count,
    run: () => {
      for (const each of wire) sink += transactionFromWire(JSON.parse(each)).amount;
    },
  },
};

const nodes = model.trees.reduce((sum, { feature }) => sum + feature.length, 0);
console.log(
  `${model.version}: ${model.trees.length} trees, ${nodes} nodes; ${count} transactions, ${flagged.length} above the threshold; load ${shownLoad()}`,
);
for (const [name, { times, run }] of Object.entries(steps)) {
  run();
  const cpuUs = Array.from({ length: rounds }, () => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / times;
  });
  const [best, middle] = [Math.min(...cpuUs), median(cpuUs)];
  const perSecond = (us: number) => Math.round(1e6 / us).toLocaleString('en');
  console.log(
    `${name.padEnd(40)} ${middle.toFixed(2)} µs CPU (best ${best.toFixed(2)}): ${perSecond(middle)}/s (best ${perSecond(best)}/s)`,
  );
}
if (!Number.isFinite(sink)) throw new Error('a score is not a number');
