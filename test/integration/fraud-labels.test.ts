import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import shipped from '../../lambdas/fraud/score-transaction/shipped-model/model.json' with { type: 'json' };
import reference from '../../lambdas/fraud/score-transaction/shipped-model/reference.json' with {
  type: 'json',
};
import { pointerTo } from '../../lambdas/fraud/shared/model-version.ts';
import { counters } from '../../lambdas/shared/metrics/metrics.ts';
import { trainingRows } from '../../localstack/generator/training-rows.ts';
import { transactions } from '../../localstack/generator/transactions.ts';
import { readApiToken } from '../../localstack/run/api-token.ts';
import { openWorkflow } from '../../localstack/run/workflow.ts';
import { waitFor } from '../../localstack/wait-for.ts';
import { modelsCli } from '../fixtures/models-cli.ts';
import { insertLabels, insertPredictions } from '../fixtures/predictions.ts';
import { parsePrometheusText } from '../unit/lambdas/fraud/show-metrics/parse-prometheus-text.ts';
import { aTransaction, callsTo } from './api-calls.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

// All tests that change `models/fraud/current` are in this file: they run one after the other, and remove it
// at the end.
const pointer = 'models/fraud/current';

let platform: ReturnType<typeof openDeployedPlatform>;
let token: string;
let letGo: () => Promise<void>;
beforeAll(async () => {
  platform = openDeployedPlatform();
  token = await readApiToken(platform.endpoints, 'predict');
  letGo = await platform.holdFraudModels();
}, 800_000);
afterAll(async () => {
  await platform.remove(pointer);
  await letGo();
  await platform.close();
});

const call = callsTo(() => platform.endpoints.apiUrl);

const versionInUse = async () =>
  JSON.parse((await call('POST', 'predict', { token, body: aTransaction() })).text).modelVersion as string;
const seen = { deadlineMs: 60_000, everyMs: 1_000 };

// Allows for Spark runs on a busy machine.
const timeoutMs = 800_000;

async function run(name: string) {
  const workflow = openWorkflow(platform.endpoints, name);
  try {
    const execution = await workflow.start({});
    const look = async () => {
      const progress = await workflow.progress(execution);
      return progress.endedAtMs === undefined ? undefined : progress;
    };
    return await waitFor(`${name} to end`, look, { deadlineMs: 300_000, everyMs: 500 });
  } finally {
    workflow.close();
  }
}

/**
 * Every purchase of fuel is labelled as fraud: easy to learn, and unknown to the shipped model. So the first
 * trained model is better than the shipped one, and the second is no better than the first.
 */
const known = [
  ...trainingRows(
    transactions({
      seed: 0x1abe1,
      startMs: Date.UTC(2024, 0, 1),
      accounts: 100,
      perDay: 800,
      fraudShare: 0.03,
    }).take(3_000),
  ),
].map((row) => ({ ...row, is_fraud: row.features.merchant_category === 'fuel' }));
/** Predictions of a model that is wrong for every tenth transaction. */
const predicted = known.map(({ is_fraud }, number) => (number % 10 === 0 ? !is_fraud : is_fraud));
const confusion = {
  true_positive: predicted.filter((fraud, number) => fraud && known[number]?.is_fraud).length,
  false_positive: predicted.filter((fraud, number) => fraud && !known[number]?.is_fraud).length,
  true_negative: predicted.filter((fraud, number) => !fraud && !known[number]?.is_fraud).length,
  false_negative: predicted.filter((fraud, number) => !fraud && known[number]?.is_fraud).length,
};

/**
 * Inserts the predictions as scored in the last seconds. The local evaluation covers a quarter of an hour.
 */
const insertScored = () =>
  insertPredictions(
    platform.rows,
    known.map(({ transaction_id, transaction_time, features }, number) => ({
      id: transaction_id,
      scoredAtMs: Date.now() - (known.length - number) * 10,
      transactionTimeMs: Date.parse(transaction_time),
      fraud: predicted[number] ?? false,
      modelVersion: 'labels-test',
      features,
    })),
  );

test(
  'late labels are recorded once, and give precision and recall of the model',
  async () => {
    await insertScored();
    const lines = known.map(({ transaction_id, is_fraud }) => `${transaction_id},${is_fraud}`);
    const [first] = known;
    const wrong = ['never-scored,true', `${first?.transaction_id},${!first?.is_fraud}`, 'no label'];
    const name = `labels-${Date.now()}.csv`;
    const content = `${['transactionId,isFraud', ...lines, ...wrong].join('\n')}\n`;
    const source = await platform.dropLabels(name, content);
    expect(await platform.ingested(source)).toMatchObject({ rows_read: '3003', rows_invalid: '3' });
    const errors = await waitFor(
      'the errors of the file',
      async () => {
        const rows = await platform.rows<{ error_type: string; raw_row: string }>(
          'select error_type, raw_row from error_weather_data where file_name = $1 order by line_number',
          [`incoming/labels/${name}`],
        );
        return rows.length === 3 ? rows : undefined;
      },
      { deadlineMs: 45_000, everyMs: 250 },
    );
    expect(errors).toEqual(
      ['UNKNOWN_TRANSACTION', 'CONTRADICTORY_LABEL', 'TYPE_ERROR'].map((error_type, place) => ({
        error_type,
        raw_row: wrong[place],
      })),
    );

    expect(await run('evaluation')).toMatchObject({ status: 'SUCCEEDED' });
    const metricsToken = await readApiToken(platform.endpoints, 'metrics');
    const read = async () => {
      const { text } = await call('GET', 'metrics', { token: metricsToken });
      const families = parsePrometheusText(text);
      const figure = (name: string, labels: Record<string, string>) =>
        families.get(name)?.samples.find((sample) => isDeepStrictEqual(sample.labels, labels))?.value;
      const counted = Object.keys(confusion).map((outcome) => [
        outcome,
        figure('fraud_model_labelled_transactions', { maturity: 'any', outcome }),
      ]);
      return { figure, counted: Object.fromEntries(counted) };
    };
    const { figure } = await waitFor(
      'the counts of all labels',
      async () => {
        const metrics = await read();
        return isDeepStrictEqual(metrics.counted, confusion) ? metrics : undefined;
      },
      { deadlineMs: 60_000, everyMs: 500 },
    );
    const { true_positive, false_positive, false_negative } = confusion;
    expect(figure('fraud_model_precision', { maturity: 'any' })).toBeCloseTo(
      true_positive / (true_positive + false_positive),
      12,
    );
    expect(figure('fraud_model_recall', { maturity: 'any' })).toBeCloseTo(
      true_positive / (true_positive + false_negative),
      12,
    );
  },
  timeoutMs,
);

interface Retrained {
  readonly comparison: {
    readonly candidate: { readonly version: string };
    readonly current: { readonly version: string; readonly eTag: string | null };
  };
  readonly message: { readonly title: string };
}

const retrain = async () => {
  const { status, steps, output, failure } = await run('retraining');
  expect([status, failure]).toEqual(['SUCCEEDED', undefined]);
  const { comparison, message } = Object(output) as Retrained;
  // Another sender may send it after the execution's end.
  const sent = () =>
    platform.rows('select from slack_messages where title = $1 and slack_sent', [message.title]);
  await waitFor(`the Slack message: ${message.title}`, async () => (await sent()).length === 1, {
    deadlineMs: 60_000,
    everyMs: 250,
  });
  return { comparison, message, states: steps.map(({ state }) => state) };
};

const models = modelsCli();

/** What `npm run models -- list` says of a version, and of the shipped one. */
const inUse = async (version: string) => {
  const lines = (await models('list')).split('\n');
  const stateOf = (of: string) =>
    / (in use|before it|cannot be used)? *$/.exec(lines.find((line) => line.startsWith(of)) ?? '')?.[1];
  return [stateOf(version), stateOf(shipped.version)];
};

/** Labelled transactions that were scored after the trainings. */
const insertNewer = async () => {
  const nowMs = Date.now();
  const newer = known.map((row, number) => ({ ...row, id: `newer-${nowMs}-${number}` }));
  await insertPredictions(
    platform.rows,
    newer.map(({ id, features }) => ({ id, scoredAtMs: nowMs - 1, modelVersion: 'labels-test', features })),
  );
  await insertLabels(
    platform.rows,
    newer.map(({ id, is_fraud }) => ({ id, isFraud: is_fraud, recordedAtMs: nowMs })),
  );
};

test(
  'retraining promotes a model that is better than the shipped one, and not a second, equally good model',
  async () => {
    const first = await retrain();
    expect(first.comparison.current).toMatchObject({ version: shipped.version, eTag: null });
    const { version } = first.comparison.candidate;
    expect(first.states).toContain('PromoteModel');
    expect(first.message.title).toContain(`${version} is in use`);
    expect(JSON.parse((await platform.read(pointer)) ?? '')).toEqual({ version, previous: shipped.version });
    await waitFor('the new model to serve', async () => (await versionInUse()) === version, seen);

    const second = await retrain();
    expect(second.comparison.current).toMatchObject({ version, eTag: expect.stringContaining('"') });
    expect(second.states).toEqual(expect.arrayContaining(['Train', 'IsBetter']));
    expect(second.states).not.toContain('PromoteModel');
    expect(second.message.title).toContain(`${version} stays in use`);

    expect(await inUse(version)).toEqual(['in use', 'before it']);
    const { report, problem } = JSON.parse(await models('show', version));
    expect(problem).toBeNull();
    // Another test kills the console, and the platform starts it again.
    const read = async () => (await fetch(report)).text();
    const page = await waitFor('the console', () => read().catch(() => undefined), seen);
    expect(page).toBe(await platform.read(`models/fraud/${version}/report.html`));
    expect(page).toContain(`against those of the model before, ${shipped.version}`);

    expect(await models('rollback')).toContain(`${shipped.version} is in use within a minute`);
    expect(JSON.parse((await platform.read(pointer)) ?? '')).toEqual({
      version: shipped.version,
      previous: version,
    });
    await waitFor(
      'the shipped model to serve again',
      async () => (await versionInUse()) === shipped.version,
      seen,
    );

    await insertNewer();
    expect(await models('promote', version)).toMatch(
      /^F1 0.*: better by more than 0 [\s\S]*is in use within/,
    );
    expect(JSON.parse((await platform.read(pointer)) ?? '')).toEqual({ version, previous: shipped.version });
    await expect(models('promote', version)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${version} is in use already`),
    });
    // No better than what is in use: the model of the second run learnt from the same rows.
    const [, other] = /(trained-\S+)/.exec((await models('list')).replace(version, '')) ?? [];
    await expect(models('promote', String(other))).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Not promoted'),
    });

    await platform.remove(pointer);
    await waitFor('the shipped model to serve', async () => (await versionInUse()) === shipped.version, seen);
  },
  timeoutMs,
);

test('score-transaction refuses a broken model, and serves the next good one within a minute', async () => {
  const before = await versionInUse();
  const refusals = async () => {
    const [row] = await platform.rows<{ value: string }>(
      'select value from metric_counters where name = $1',
      [counters.fraudModelRefusals.name],
    );
    return Number(row?.value ?? 0);
  };
  const promote = (name: string) => platform.put(pointer, pointerTo(name));

  const refusedBefore = await refusals();
  await platform.put('models/fraud/broken/model.json', '{"format":1}');
  await promote('broken');
  await waitFor(
    'the broken model to be refused',
    async () => {
      expect(await versionInUse()).toBe(before);
      return (await refusals()) > refusedBefore;
    },
    seen,
  );

  await platform.put('models/fraud/same/reference.json', JSON.stringify({ ...reference, version: 'same' }));
  await platform.put('models/fraud/same/model.json', JSON.stringify({ ...shipped, version: 'same' }));
  await promote('same');
  await waitFor('the good model to serve', async () => (await versionInUse()) === 'same', seen);
  expect(await inUse('broken')).toEqual(['cannot be used', undefined]);
  await expect(models('promote', 'broken', '--force')).rejects.toMatchObject({
    stderr: expect.stringContaining('broken cannot be used. model.json: link: found'),
  });
  await platform.put(pointer, pointerTo('same', 'broken'));
  await expect(models('rollback')).rejects.toMatchObject({
    stderr: expect.stringContaining('broken cannot be used. model.json: link: found'),
  });
  await promote(shipped.version);
  await waitFor('the shipped model to serve', async () => (await versionInUse()) === shipped.version, seen);
});
