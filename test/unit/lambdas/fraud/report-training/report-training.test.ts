import { expect, test } from '@jest/globals';
import { composeReport } from '../../../../../lambdas/fraud/report-training/report-training.ts';

const executionId = 'arn:aws:states:eu-central-1:1:execution:isobar-prod-retraining:one';
const exported = {
  status: 'exported',
  reason: '800 rows with 80 frauds',
  version: 'trained-1',
  training: { rows: 800, frauds: 80 },
  heldOut: { rows: 200, frauds: 20 },
};
const judged = (version: string, f1: number) => ({
  version,
  figures: { precision: 0.9, recall: 0.8, accuracy: 0.99, f1 },
});
const comparison = {
  candidate: judged('trained-1', 0.9),
  current: judged('shipped', 0.8),
  isBetter: true,
  reason: 'F1 0.800 → 0.900: better by more than 0.01',
};

test.each([
  [
    'a new model in use',
    { exported, comparison, promotion: { promoted: true, reason: '' } },
    ':rocket: New fraud model trained-1 is in use',
    /F1 0.800 → 0.900[\s\S]+shipped .+0\.800[\s\S]+trained-1 .+0\.900[\s\S]+800 labelled transactions with 80 frauds; compared on the next 200/,
  ],
  [
    'a model that is not better',
    { exported, comparison: { ...comparison, isBetter: false, reason: 'not better' } },
    ':white_check_mark: Fraud model shipped stays in use',
    /^not better/,
  ],
  [
    'a model that scores in shadow',
    { exported, comparison: { ...comparison, isBetter: false }, shadow: { challenger: 'trained-1' } },
    ':white_check_mark: Fraud model shipped stays in use',
    /^trained-1 scores in shadow now, without an effect on answers\./,
  ],
  [
    'a model that was not promoted',
    { exported, comparison, promotion: { promoted: false, reason: 'third was promoted meanwhile' } },
    ':white_check_mark: Fraud model shipped stays in use',
    /^The new model was not promoted: third was promoted meanwhile\./,
  ],
  [
    'too few labels',
    { exported: { ...exported, status: 'too-few', reason: 'found 3 labelled frauds' } },
    ':hourglass: The fraud model was not retrained',
    /^Too few labels: found 3 labelled frauds\./,
  ],
  [
    'a training job that failed',
    {
      exported,
      failure: { Error: 'States.TaskFailed', Cause: '{"ErrorMessage":"CannotTrain: no model reaches it"}' },
    },
    ':x: Retraining of the fraud model failed',
    /^States\.TaskFailed: CannotTrain: no model reaches it\nThe current model stays in use\./,
  ],
  [
    'a first state that failed',
    { failure: { Error: 'States.Timeout', Cause: '' } },
    ':x: Retraining of the fraud model failed',
    /^States\.Timeout/,
  ],
])('the message reports %s', (_, end, title, body) => {
  const message = composeReport({ executionId, ...end });
  expect(message.title).toBe(title);
  expect(message.body).toMatch(body);
  expect(message.key).toBe(`retraining/${executionId}`);
  expect(message.footnote).toContain('eu-central-1.console.aws.amazon.com');
});
