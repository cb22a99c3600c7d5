import { expect, test } from '@jest/globals';
import { stages } from '../../lib/config.ts';
import { leadsTo, rightsOfMachine, statesOf } from './state-machines.ts';
import { resourcesOf, resourcesOfType, templatesOf } from './synthesized.ts';

const { Fraud: fraud } = templatesOf(stages.prod);
if (fraud === undefined) throw new Error('The app has no fraud stack.');

const states = statesOf(fraud, 'retraining');

const evaluation = statesOf(fraud, 'evaluation');
const starter = statesOf(fraud, 'evaluation-starter');

test('evaluation runs each hour, under the name of the hour, so that it cannot start twice', () => {
  const rule = resourcesOfType(fraud, 'AWS::Events::Rule').find(
    ({ Properties }) => Properties.Name === 'isobar-prod-evaluation',
  );
  expect(rule?.Properties).toMatchObject({
    ScheduleExpression: 'cron(7 * * * ? *)',
    Targets: [{ Arn: { Ref: expect.stringContaining('EvaluationStart') } }],
  });
  expect(starter.StartThisHour).toMatchObject({
    Parameters: { 'Name.$': "States.ArrayGetItem(States.StringSplit($$.Execution.StartTime, ':'), 0)" },
    Catch: [{ ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'], Next: 'HourIsTaken' }],
  });
});

test('the figures go onto the queue of the API, and what fails is tried again and then a failure', () => {
  expect(evaluation.Evaluate).toMatchObject({ Next: 'SendFigures' });
  expect(evaluation.SendFigures?.Parameters).toMatchObject({ 'MessageBody.$': '$.metricSamples' });
  for (const name of ['Evaluate', 'SendFigures']) {
    expect(evaluation[name]?.Retry).toMatchObject([{ ErrorEquals: ['States.ALL'], MaxAttempts: 4 }]);
    expect(evaluation[name]?.Catch).toMatchObject([{ ErrorEquals: ['States.ALL'], Next: 'NotEvaluated' }]);
  }
});

test('evaluation may invoke one function and send to one queue, and nothing else', () => {
  const rights = rightsOfMachine(fraud, 'evaluation').concat(rightsOfMachine(fraud, 'evaluation-starter'));
  expect(rights.map(({ Action }) => Action)).toEqual([
    'lambda:InvokeFunction',
    'sqs:SendMessage',
    'states:StartExecution',
  ]);
  expect(JSON.stringify(rights)).not.toContain('*');
});

test('retraining runs each week, and tries each task again', () => {
  const rule = resourcesOfType(fraud, 'AWS::Events::Rule').find(
    ({ Properties }) => Properties.Name === 'isobar-prod-retraining',
  );
  expect(rule?.Properties).toMatchObject({ ScheduleExpression: 'cron(30 3 ? * SUN *)', State: 'ENABLED' });
  for (const { Retry = [], Catch = [] } of Object.values(states).filter(({ Type }) => Type === 'Task')) {
    expect(Retry.some(({ MaxAttempts }) => MaxAttempts > 0)).toBe(true);
    expect(Catch.length).toBeGreaterThan(0);
  }
});

test('no model is promoted that was not found to be better', () => {
  expect(leadsTo(states, 'PromoteModel')).toEqual(['IsBetter']);
  expect(states.IsBetter).toMatchObject({
    Choices: [{ Variable: '$.comparison.isBetter', BooleanEquals: true, Next: 'PromoteModel' }],
    Default: 'Report',
  });
  expect(leadsTo(states, 'IsBetter')).toEqual(['CompareModels']);
  expect(leadsTo(states, 'CompareModels')).toEqual(['Train']);
  expect(leadsTo(states, 'Train')).toEqual(['AreEnough']);
});

test('however retraining ends, Slack is told, and only trouble is a failure', () => {
  for (const name of ['ExportTrainingRows', 'Train', 'CompareModels', 'PromoteModel'])
    expect(states[name]?.Catch).toEqual([
      { ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'Report' },
    ]);
  expect(states.AreEnough).toMatchObject({ Default: 'Report' });
  expect(states.Report).toMatchObject({ Next: 'TellSlack' });
  expect(states.WentWell).toMatchObject({
    Choices: [{ Variable: '$.failure', IsPresent: true, Next: 'NotRetrained' }],
    Default: 'Done',
  });
});

test('the model is promoted only if the pointer is still the one that was compared', () => {
  expect(states.PromoteModel?.Parameters).toEqual({
    'version.$': '$.comparison.candidate.version',
    'eTag.$': '$.comparison.current.eTag',
  });
});

test('retraining may invoke its functions and run its job, and nothing else', () => {
  const rights = rightsOfMachine(fraud, 'retraining');
  expect(rights.map(({ Action }) => Action)).toEqual([
    'lambda:InvokeFunction',
    ['glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun'],
  ]);
  expect(JSON.stringify(rights)).not.toContain('*');
});

test('only promote-model may move the pointer', () => {
  const writers = Object.values(resourcesOf(fraud))
    .filter(({ Type }) => Type === 'AWS::IAM::Policy')
    .filter(({ Properties }) =>
      Properties.PolicyDocument.Statement.some(
        ({ Action, Resource }: { Action: unknown; Resource: unknown }) =>
          JSON.stringify(Action).includes('s3:PutObject') &&
          /\/models\/fraud\/(current)?\*/.test(JSON.stringify(Resource)),
      ),
    );
  expect(writers.flatMap(({ Properties }) => Properties.Roles)).toEqual([
    { Ref: expect.stringContaining('RetrainingPromoteRole') },
  ]);
});
