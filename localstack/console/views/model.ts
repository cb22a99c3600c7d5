import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { bandEnd, driftBands, warningOf } from '../../../lambdas/fraud/shared/drift-bands.ts';
import { gauges } from '../../../lambdas/shared/metrics/metrics.ts';
import { bounds, shadowModels } from '../../../lambdas/shared/metrics/shadow.ts';
import { readApiToken } from '../../run/api-token.ts';
import type { Model, Prediction, Scored, Shadow } from '../contract.ts';
import { Refused } from '../server.ts';
import type { Sources } from '../sources.ts';

const { fraudModelFeatureDrift, fraudModelDriftTransactions, fraudModelPrecision, fraudModelRecall } = gauges;
const { fraudModelF1, fraudModelAccuracy, fraudModelLabelledTransactions } = gauges;
const shadowGauges = [
  ...[gauges.fraudShadowWindow, gauges.fraudShadowDisagreement, gauges.fraudShadowScoreDrift],
  ...[gauges.fraudShadowEstimatedPrecision, gauges.fraudShadowEstimatedRecall, gauges.fraudShadowGain],
  ...[gauges.fraudShadowPrecision, gauges.fraudShadowRecall, gauges.fraudShadowLabelledTransactions],
];

const selectGauges = `
  select name, labels, value, observed_at as "observedAt" from metric_gauges where name = any ($1)`;

/** Samples of a challenger that was withdrawn are shown no more, and old ones of another one neither. */
const selectShadow = `
  select model_version as champion, challenger_version as challenger from predictions order by scored_at desc limit 1`;

const selectPredictions = `
  select p.transaction_id as id, p.account_id as account, p.amount, p.currency, p.merchant_category as category,
         p.country, p.channel, p.transaction_time as "at", p.scored_at as "scoredAt", p.score, p.fraud,
         p.model_version as model, r.answer, l.is_fraud as label
    from (select * from predictions where not $1 or fraud order by scored_at desc limit 50) p
    left join scored_requests r using (transaction_id)
    left join labels l using (transaction_id)
   order by p.scored_at desc`;

interface GaugeRow {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly observedAt: Date;
}

type PredictionRow = Omit<Prediction, 'atMs' | 'scoredAtMs' | 'reasons'> & {
  readonly at: Date;
  readonly scoredAt: Date;
  /** The stored answer of the API; null once it was pruned. */
  readonly answer: string | null;
};

/** The drift, the quality and the newest verdicts of the fraud model. */
export async function readModel({ query }: Sources, parameters: URLSearchParams): Promise<Model> {
  const names = [
    ...[fraudModelFeatureDrift, fraudModelDriftTransactions, fraudModelPrecision, fraudModelRecall],
    ...[fraudModelF1, fraudModelAccuracy, fraudModelLabelledTransactions],
    ...shadowGauges,
    ...[gauges.fraudModelSegmentTransactions, gauges.fraudModelSegmentFeatureDrift],
  ].map(({ name }) => name);
  const [rows, [newest], predictions] = await Promise.all([
    query<GaugeRow>(selectGauges, [names]),
    query<{ champion: string; challenger: string | null }>(selectShadow),
    query<PredictionRow>(selectPredictions, [parameters.get('only') === 'fraud']),
  ]);
  const of = (gauge: { readonly name: string }) => rows.filter(({ name }) => name === gauge.name);
  const drift = of(fraudModelFeatureDrift);
  const maturities = [...new Set(of(fraudModelPrecision).map(({ labels }) => labels.maturity ?? ''))];
  const gaugeOf = (gauge: { readonly name: string }, maturity: string) =>
    of(gauge).find(({ labels }) => labels.maturity === maturity)?.value ?? null;
  const driftTransactions = of(fraudModelDriftTransactions)[0]?.value;
  return {
    drift: drift
      .map(({ name, labels: { feature = '' }, value }) => {
        const warning = warningOf(name, feature);
        const warns = warning !== undefined && value > bandEnd(driftBands[warning], driftTransactions ?? 0);
        return { feature, value, warns };
      })
      .sort((one, other) => other.value - one.value),
    driftAtMs: drift[0]?.observedAt.getTime(),
    driftTransactions,
    segments: segmentsOf(rows),
    quality: maturities.map((maturity) => ({
      maturity,
      precision: gaugeOf(fraudModelPrecision, maturity),
      recall: gaugeOf(fraudModelRecall, maturity),
      f1: gaugeOf(fraudModelF1, maturity),
      accuracy: gaugeOf(fraudModelAccuracy, maturity),
      labelled: of(fraudModelLabelledTransactions)
        .filter(({ labels }) => labels.maturity === maturity)
        .reduce((sum, { value }) => sum + value, 0),
    })),
    shadow: newest?.challenger ? shadowOf(rows, newest.champion, newest.challenger) : null,
    predictions: predictions.map(({ at, scoredAt, answer, ...row }) => ({
      ...row,
      atMs: at.getTime(),
      scoredAtMs: scoredAt.getTime(),
      reasons: answer === null ? [] : reasonsIn(answer),
    })),
  };
}

/** Segments of the newest measurement: one that has too few transactions now keeps its old samples. */
function segmentsOf(rows: readonly GaugeRow[]): Model['segments'] {
  const drifts = rows.filter(({ name }) => name === gauges.fraudModelSegmentFeatureDrift.name);
  const newestMs = Math.max(...drifts.map(({ observedAt }) => observedAt.getTime()));
  const counts = rows.filter(
    ({ name, observedAt }) =>
      name === gauges.fraudModelSegmentTransactions.name && observedAt.getTime() === newestMs,
  );
  return counts
    .map(({ labels: { dimension = '', segment = '' }, value: transactions }) => {
      const own = drifts
        .filter(({ labels }) => labels.dimension === dimension && labels.segment === segment)
        .sort((one, other) => other.value - one.value);
      const overall = own.find(({ labels }) => labels.feature === 'overall');
      const most = own.find(({ labels }) => labels.feature !== 'overall');
      return {
        ...{ dimension, segment, transactions, drift: overall?.value ?? 0 },
        ...{ feature: most?.labels.feature ?? '', ofFeature: most?.value ?? 0 },
      };
    })
    .sort((one, other) => other.drift - one.drift);
}

function shadowOf(rows: readonly GaugeRow[], champion: string, challenger: string): Shadow {
  const figure = (gauge: { readonly name: string }, label?: string) =>
    rows.find(
      ({ name, labels }) => name === gauge.name && (label ?? '') === (labels.model ?? labels.bound ?? ''),
    )?.value ?? null;
  const [low, estimate, high] = bounds.map((bound) => figure(gauges.fraudShadowGain, bound) ?? undefined);
  const isKnown = low !== undefined && estimate !== undefined && high !== undefined;
  return {
    challenger,
    transactions: figure(gauges.fraudShadowWindow),
    disagreement: figure(gauges.fraudShadowDisagreement),
    scoreDrift: figure(gauges.fraudShadowScoreDrift),
    labelled: figure(gauges.fraudShadowLabelledTransactions),
    gain: isKnown ? { low, estimate, high } : null,
    models: shadowModels.map((model) => ({
      model,
      version: model === 'champion' ? champion : challenger,
      precision: figure(gauges.fraudShadowPrecision, model),
      recall: figure(gauges.fraudShadowRecall, model),
      estimatedPrecision: figure(gauges.fraudShadowEstimatedPrecision, model),
      estimatedRecall: figure(gauges.fraudShadowEstimatedRecall, model),
    })),
  };
}

function reasonsIn(answer: string): string[] {
  const { reasons } = Object(JSON.parse(answer)) as { reasons?: unknown };
  return Array.isArray(reasons) ? reasons.map(String) : [];
}

const maxTransactionBytes = 20_000;

/** Sends a transaction to the API, as its callers do. The token stays here. */
export async function predict({ endpoints }: Sources, request: IncomingMessage): Promise<Scored> {
  if (Number(request.headers['content-length'] ?? maxTransactionBytes + 1) > maxTransactionBytes)
    throw new Refused(413, `A transaction has at most ${maxTransactionBytes} bytes.`);
  const body = JSON.stringify(await json(request));
  const token = await readApiToken(endpoints, 'predict');
  const response = await fetch(new URL('predict', endpoints.apiUrl), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
    signal: AbortSignal.timeout(30_000),
  });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Refused(400, messageOf(answer) ?? `The API answered ${response.status}.`);
  return answer as Scored;
}

function messageOf(answer: unknown): string | undefined {
  const { message, error } = Object(answer) as { message?: unknown; error?: unknown };
  return [message, error].find((text) => typeof text === 'string') as string | undefined;
}
