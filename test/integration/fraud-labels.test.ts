import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readApiToken } from '../../localstack/api-token.ts';
import { trainingRows } from '../../localstack/generator/training-rows.ts';
import { transactions } from '../../localstack/generator/transactions.ts';
import { waitFor } from '../../localstack/wait-for.ts';
import { openWorkflow } from '../../localstack/workflow.ts';
import { parsePrometheusText } from '../unit/lambdas/show-metrics/parse-prometheus-text.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

let platform: ReturnType<typeof openDeployedPlatform>;
beforeAll(() => {
  platform = openDeployedPlatform();
});
afterAll(() => platform.close());

// One run of Spark, on a machine that may be busy.
const timeoutMs = 400_000;

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

const known = [
  ...trainingRows(
    transactions({
      seed: 0x1abe1,
      startMs: Date.UTC(2024, 0, 1),
      accounts: 100,
      perDay: 800,
      fraudShare: 0.1,
    }).take(3_000),
  ),
];
/** A model that errs with every tenth transaction. */
const said = known.map(({ is_fraud }, number) => (number % 10 === 0 ? !is_fraud : is_fraud));
const confusion = {
  true_positive: said.filter((fraud, number) => fraud && known[number]?.is_fraud).length,
  false_positive: said.filter((fraud, number) => fraud && !known[number]?.is_fraud).length,
  true_negative: said.filter((fraud, number) => !fraud && !known[number]?.is_fraud).length,
  false_negative: said.filter((fraud, number) => !fraud && known[number]?.is_fraud).length,
};

/** As if they had been scored in the last minutes, one after the other. */
const predict = () =>
  platform.rows(
    `insert into predictions
     select id, 'account', 1, 'EUR', 'fuel', 'DE', 'pos', at, features, 0.5, fraud, 'labels-test',
            now() - make_interval(secs => (cardinality($1::text[]) - place) * 0.1), 0, 0
       from unnest($1::text[], $2::timestamptz[], $3::jsonb[], $4::boolean[]) with ordinality
              as given(id, at, features, fraud, place)`,
    [
      known.map(({ transaction_id }) => transaction_id),
      known.map(({ transaction_time }) => transaction_time),
      known.map(({ features }) => JSON.stringify(features)),
      said,
    ],
  );

test(
  'late labels are recorded once, judge the model, and train another that is compared with it',
  async () => {
    await predict();
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
    const token = await readApiToken(platform.endpoints, 'metrics');
    const read = async () => {
      const url = new URL('metrics', `${platform.endpoints.apiUrl.replace(/\/$/, '')}/`);
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      const text = await response.text();
      return text.includes('fraud_model_precision{maturity="any"}') ? text : undefined;
    };
    const metrics = await waitFor('the figures', read, { deadlineMs: 60_000, everyMs: 500 });
    const families = parsePrometheusText(metrics);
    const figure = (name: string, labels: Record<string, string>) =>
      families
        .get(name)
        ?.samples.find(
          (sample) =>
            JSON.stringify(Object.entries(sample.labels).sort()) ===
            JSON.stringify(Object.entries(labels).sort()),
        )?.value;
    for (const [outcome, count] of Object.entries(confusion))
      expect(figure('fraud_model_labelled_transactions', { maturity: 'any', outcome })).toBe(count);
    const { true_positive, false_positive, false_negative } = confusion;
    expect(figure('fraud_model_precision', { maturity: 'any' })).toBeCloseTo(
      true_positive / (true_positive + false_positive),
      12,
    );
    expect(figure('fraud_model_recall', { maturity: 'any' })).toBeCloseTo(
      true_positive / (true_positive + false_negative),
      12,
    );

    // Another test puts a broken model into use for a while: meanwhile nothing can be compared with it.
    let retrained = await run('retraining');
    if (JSON.stringify(retrained.failure ?? '').includes('model.json')) retrained = await run('retraining');
    expect(retrained).toMatchObject({ status: 'SUCCEEDED' });
    expect(retrained.steps.map(({ state }) => state)).toEqual(expect.arrayContaining(['Train', 'IsBetter']));
    const { comparison, message } = Object(retrained.output) as {
      comparison: { candidate: { version: string; figures: { f1: number } }; isBetter: boolean };
      message: { title: string };
    };
    // It learnt from a tenth of what the shipped model did, and stays out: other tests rely on the model in use.
    expect(comparison.candidate.figures.f1).toBeGreaterThan(0.3);
    expect(comparison.isBetter).toBe(false);
    expect(retrained.steps.map(({ state }) => state)).not.toContain('PromoteModel');
    expect(message.title).toContain('stays');
    const told = await platform.rows<{ slack_sent: boolean }>(
      'select slack_sent from slack_messages where title = $1',
      [message.title],
    );
    expect(told).toEqual([{ slack_sent: true }]);
  },
  timeoutMs,
);
