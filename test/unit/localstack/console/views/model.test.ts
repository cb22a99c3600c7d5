import { expect, test } from '@jest/globals';
import type { Sources } from '../../../../../localstack/console/sources.ts';
import { readModel } from '../../../../../localstack/console/views/model.ts';

/** The view of these gauges, without transactions. */
const viewOf = (gauges: readonly { name: string; labels: Record<string, string>; value: number }[]) =>
  readModel(
    {
      query: async (sql: string) =>
        sql.includes('metric_gauges') ? gauges.map((each) => ({ ...each, observedAt: new Date(0) })) : [],
    } as unknown as Sources,
    new URLSearchParams(),
  );
const drift = (feature: string, value: number) => ({
  name: 'fraud_model_feature_drift',
  labels: { feature },
  value,
});
const transactions = (value: number) => ({ name: 'fraud_model_drift_transactions', labels: {}, value });

test('a drift is marked where the warnings begin, which depends on the number of transactions', async () => {
  const drifts = [drift('overall', 0.12), drift('country', 0.3), drift('day_of_week', 0.9)];
  const warning = async (count: number) =>
    (await viewOf([...drifts, transactions(count)])).drift.flatMap(({ feature, warns }) =>
      warns ? [feature] : [],
    );
  expect(await warning(5_000)).toEqual(['country', 'overall']);
  expect(await warning(800)).toEqual(['country']);
  expect(await warning(400)).toEqual([]);
});
