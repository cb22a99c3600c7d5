import { expect, test } from '@jest/globals';
import { stages } from '../../lib/config.ts';
import { leadsTo, parametersOf, rightsOfMachine, statesOf } from './state-machines.ts';
import { resourcesOf, templatesOf } from './synthesized.ts';

const { Fraud: fraud } = templatesOf(stages.prod);
if (fraud === undefined) throw new Error('The app has no fraud stack.');

const retraining = statesOf(fraud, 'retraining');
const evaluation = statesOf(fraud, 'evaluation');
const starter = statesOf(fraud, 'evaluation-starter');

test('evaluation starts once an hour, since its execution is named for the hour', () => {
  const hour = "States.ArrayGetItem(States.StringSplit($$.Execution.StartTime, ':'), 0)";
  expect(starter.StartThisHour).toMatchObject({
    Parameters: { 'Name.$': hour, Input: { 'hour.$': hour } },
    Catch: [{ ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'], Next: 'HourIsTaken' }],
  });
});

test('evaluation puts its figures on the queue of the API, and fails when a task fails five times', () => {
  expect(evaluation.Evaluate).toMatchObject({ Next: 'SendFigures' });
  expect(parametersOf(evaluation)).toEqual({
    Evaluate: { 'executionId.$': '$$.Execution.Id', 'startedAt.$': '$$.Execution.StartTime' },
    SendFigures: { QueueUrl: 'reference', 'MessageBody.$': '$.metricSamples' },
  });
  for (const name of ['Evaluate', 'SendFigures']) {
    expect(evaluation[name]?.Retry).toMatchObject([{ ErrorEquals: ['States.ALL'], MaxAttempts: 4 }]);
    expect(evaluation[name]?.Catch).toMatchObject([{ ErrorEquals: ['States.ALL'], Next: 'NotEvaluated' }]);
  }
});

test('evaluation may invoke one function and send to one queue, and may do no more', () => {
  const rights = rightsOfMachine(fraud, 'evaluation').concat(rightsOfMachine(fraud, 'evaluation-starter'));
  expect(rights.map(({ Action }) => Action)).toEqual([
    'lambda:InvokeFunction',
    'sqs:SendMessage',
    'states:StartExecution',
  ]);
  expect(JSON.stringify(rights)).not.toContain('*');
});

test('a model is promoted only after it was found to be better', () => {
  expect(leadsTo(retraining, 'PromoteModel')).toEqual(['IsBetter']);
  expect(retraining.IsBetter).toMatchObject({
    Choices: [{ Variable: '$.comparison.isBetter', BooleanEquals: true, Next: 'PromoteModel' }],
    Default: 'ScoreInShadow',
  });
  expect(retraining.ScoreInShadow).toMatchObject({ Next: 'Report' });
  expect(leadsTo(retraining, 'IsBetter')).toEqual(['CompareModels']);
  expect(leadsTo(retraining, 'CompareModels')).toEqual(['Train']);
  expect(leadsTo(retraining, 'Train')).toEqual(['AreEnough']);
});

test('retraining tells Slack how it ended, and is a failure only when a task failed', () => {
  for (const name of ['ExportTrainingRows', 'Train', 'CompareModels', 'PromoteModel', 'ScoreInShadow'])
    expect(retraining[name]?.Catch).toEqual([
      { ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'Report' },
    ]);
  expect(retraining.AreEnough).toMatchObject({
    Choices: [{ Variable: '$.exported.status', StringEquals: 'exported', Next: 'Train' }],
    Default: 'Report',
  });
  expect(retraining.Report).toMatchObject({
    ResultPath: '$.message',
    Next: 'TellSlack',
    Catch: [{ ErrorEquals: ['States.ALL'], Next: 'CannotReport' }],
  });
  expect(retraining.TellSlack).toMatchObject({
    Next: 'WentWell',
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.told', Next: 'WentWell' }],
  });
  expect(retraining.WentWell).toMatchObject({
    Choices: [{ Variable: '$.failure', IsPresent: true, Next: 'NotRetrained' }],
    Default: 'Done',
  });
});

test('each task of retraining is given what its function reads', () => {
  const execution = { 'executionId.$': '$$.Execution.Id', 'startedAt.$': '$$.Execution.StartTime' };
  expect(parametersOf(retraining)).toEqual({
    Begin: execution,
    ExportTrainingRows: execution,
    Train: {
      JobName: 'isobar-prod-train-fraud-model',
      Arguments: {
        '--data.$': '$.exported.data',
        '--version.$': '$.exported.version',
        '--trained-at.$': '$.exported.trainedAt',
      },
    },
    CompareModels: { 'version.$': '$.exported.version', 'heldOut.$': '$.exported.heldOut' },
    // The ETag of the pointer at the comparison: if it has moved since, it stays.
    PromoteModel: {
      'version.$': '$.comparison.candidate.version',
      'eTag.$': '$.comparison.current.eTag',
      'before.$': '$.comparison.current.version',
    },
    ScoreInShadow: { 'challenger.$': '$.comparison.candidate.version' },
    Report: undefined,
    TellSlack: {},
  });
});

test('retraining may invoke its functions and run its job, and may do no more', () => {
  const rights = rightsOfMachine(fraud, 'retraining');
  expect(rights.map(({ Action }) => Action)).toEqual([
    'lambda:InvokeFunction',
    ['glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun'],
  ]);
  expect(JSON.stringify(rights)).not.toContain('*');
});

test('only promote-model may move the pointers to the model in use and to the challenger', () => {
  const writers = Object.values(resourcesOf(fraud))
    .filter(({ Type }) => Type === 'AWS::IAM::Policy')
    .filter(({ Properties }) =>
      Properties.PolicyDocument.Statement.some(
        ({ Action, Resource }: { Action: unknown; Resource: unknown }) =>
          JSON.stringify(Action).includes('s3:PutObject') &&
          /\/models\/fraud\/(current|challenger)?\*/.test(JSON.stringify(Resource)),
      ),
    );
  expect(writers.flatMap(({ Properties }) => Properties.Roles)).toEqual([
    { Ref: expect.stringContaining('RetrainingPromoteRole') },
  ]);
});
