import { expect, test } from '@jest/globals';
import { figuresAmong, ownMetrics } from '../../../../../lambdas/fraud/shared/own-metrics.ts';
import { embeddedMetrics } from '../../../../../lambdas/shared/aws/embedded-metric.ts';

const sample = (name: string, labels: Record<string, string>, value: number) => ({
  ...{ id: name, name, labels, value, observedAtMs: 0 },
});

test('CloudWatch shows the figures of all labels, and those of the challenger beside the model in use', () => {
  const figures = figuresAmong([
    sample('fraud_model_precision', { maturity: '1d' }, 0.1),
    sample('fraud_model_precision', { maturity: 'any' }, 0.9),
    sample('fraud_shadow_recall', { model: 'challenger' }, 0.8),
    sample('fraud_shadow_recall', { model: 'champion' }, 0.7),
    sample('fraud_shadow_f1_gain', { bound: 'low' }, -0.01),
    sample('fraud_shadow_disagreement', {}, 0.02),
    sample('fraud_model_accuracy', { maturity: 'any' }, 1),
  ]);
  expect(figures).toEqual({
    ModelPrecision: 0.9,
    ShadowedRecall: 0.7,
    ChallengerRecall: 0.8,
    ChallengerGainAtLeast: -0.01,
    ChallengerDisagreement: 0.02,
  });
  const line = JSON.parse(embeddedMetrics('prod', 5, { PrecisionFallen: 1 }, figures));
  const [{ Metrics }] = line._aws.CloudWatchMetrics;
  expect(Metrics).toContainEqual({ Name: 'PrecisionFallen', Unit: 'Count' });
  expect(Metrics).toContainEqual({ Name: 'ModelPrecision', Unit: 'None' });
  expect(line).toMatchObject({ stage: 'prod', PrecisionFallen: 1, ...figures });
});

test('each metric has one name', () => {
  expect(new Set(ownMetrics).size).toBe(ownMetrics.length);
});
