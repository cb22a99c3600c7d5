import { expect, test } from '@jest/globals';
import { stages } from '../../lib/config.ts';
import { allOfType, functionsOf, type Located, templatesOf } from './synthesized.ts';
import { textIn } from './template-text.ts';

const templates = templatesOf(stages.prod);
const text = textIn(templates);
const refersTo = (value: unknown, { id }: Located) => text(value).includes(id);

// Without a name: the function of a custom resource, which is the CDK's own.
const functions = allOfType(templates, 'AWS::Lambda::Function').filter(
  ({ Properties }) => Properties.FunctionName !== undefined,
);

const named = (folder: string): Located => {
  const found = functions.find(({ Properties }) => Properties.FunctionName === `isobar-prod-${folder}`);
  if (found === undefined) throw new Error(`The app has no function for lambdas/*/${folder}.`);
  return found;
};

/** bring-your-own.test.ts looks at it. */
const onlyOnExistingClusters = 'prepare-topics';

test('every folder of lambdas/ that holds a handler is deployed as one function of its name', () => {
  expect(functions.map(({ Properties }) => Properties.FunctionName).sort()).toEqual(
    functionsOf()
      .filter((folder) => folder !== onlyOnExistingClusters)
      .map((folder) => `isobar-prod-${folder}`),
  );
});

test('every function runs in the private subnets of three zones, in the security group for functions', () => {
  for (const { Properties } of functions) {
    expect(Properties.VpcConfig.SecurityGroupIds.map(text)).toEqual([
      expect.stringMatching(/^<Network\.Functions\w+\.GroupId>$/),
    ]);
    expect(Properties.VpcConfig.SubnetIds.map(text)).toEqual(
      [1, 2, 3].map((zone) => expect.stringContaining(`<Network.VpcPrivateSubnet${zone}Subnet`)),
    );
  }
});

test('every function is traced and runs its bundle on the Node version that it is built for', () => {
  for (const { Properties } of functions)
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      TracingConfig: { Mode: 'Active' },
    });
});

test("every function has time for a slow dependency, far more than Lambda's default of 3 s", () => {
  for (const { Properties } of functions)
    expect([Properties.FunctionName, Properties.Timeout >= 28]).toEqual([expect.anything(), true]);
});

test('every function logs to a group of its own', () => {
  const groups = allOfType(templates, 'AWS::Logs::LogGroup');
  for (const { Properties } of functions) {
    const group = groups.find((each) => refersTo(Properties.LoggingConfig.LogGroup, each));
    expect(group?.Properties.LogGroupName).toBe(`/aws/lambda/${Properties.FunctionName}`);
  }
});

test('every log group of the app deletes its events after the days of the stage', () => {
  for (const { Properties } of allOfType(templates, 'AWS::Logs::LogGroup'))
    expect([Properties.LogGroupName, Properties.RetentionInDays]).toEqual([expect.anything(), 90]);
});

test.each(['score-transaction', 'update-metrics', 'show-metrics'])(
  '%s times out before API Gateway does, which is after 29 s',
  (folder) => expect(named(folder).Properties.Timeout).toBeLessThan(29),
);

// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
test.each(['land-observations', 'watch-weather', 'score-transaction'])(
  '%s has the memory at which Lambda grants one whole CPU',
  (folder) => expect(named(folder).Properties.MemorySize).toBeGreaterThanOrEqual(1_769),
);

test('no function holds the value of a secret in its environment', () => {
  const environments = functions.map(({ Properties }) => Properties.Environment);
  expect(JSON.stringify(environments)).not.toMatch(/resolve:secretsmanager|password/i);
});

const sqsMappings = allOfType(templates, 'AWS::Lambda::EventSourceMapping')
  .filter(({ Properties }) => Properties.Topics === undefined)
  .map(({ id, Properties }) => {
    const lambda = functions.find((each) => refersTo(Properties.FunctionName, each));
    const queue = allOfType(templates, 'AWS::SQS::Queue').find((each) =>
      refersTo(Properties.EventSourceArn, each),
    );
    if (lambda === undefined || queue === undefined) throw new Error(`${id} joins nothing of the app.`);
    const name: string = lambda.Properties.FunctionName.replace('isobar-prod-', '');
    return { name, queueName: queue.Properties.QueueName, lambda, queue, Properties };
  });

test('every queue feeds the function that is written for its messages', () => {
  expect(Object.fromEntries(sqsMappings.map(({ queueName, name }) => [queueName, name]))).toEqual({
    'isobar-prod-incoming-files': 'ingest-observations',
    'isobar-prod-incoming-labels': 'record-labels',
    'isobar-prod-failed-batches': 'record-failed-batches',
    'isobar-prod-retries': 'return-observations',
    'isobar-prod-slack-nudges': 'notify-slack',
    'isobar-prod-slack-notices': 'notify-slack',
    'isobar-prod-metric-samples': 'send-metrics',
  });
});

test.each(sqsMappings)('$queueName keeps a message hidden until $name has timed out', ({ lambda, queue }) => {
  expect(queue.Properties.VisibilityTimeout).toBeGreaterThanOrEqual(lambda.Properties.Timeout);
});

test.each(sqsMappings.filter(({ name }) => name !== 'notify-slack'))(
  'a message of $queueName that $name fails on goes back alone',
  ({ Properties }) => expect(Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures']),
);

test.each(['incoming-labels', 'failed-batches', 'slack-notices'])(
  '%s hands over one message at a time, so that none is repeated because another failed',
  (queue) => {
    const mapping = sqsMappings.find(({ queueName }) => queueName === `isobar-prod-${queue}`);
    expect(mapping?.Properties.BatchSize).toBe(1);
  },
);

test('incoming-files hands over ten messages at a time, and none of them waits for others', () => {
  const mapping = sqsMappings.find(({ queueName }) => queueName === 'isobar-prod-incoming-files');
  expect(mapping?.Properties.BatchSize).toBe(10);
  expect(mapping?.Properties.MaximumBatchingWindowInSeconds).toBeUndefined();
});

test('every queue limits how many of its functions run at a time, to spare the database', () => {
  for (const { Properties } of sqsMappings)
    expect(Properties.ScalingConfig.MaximumConcurrency).toBeLessThanOrEqual(5);
});

test('every rule of the app is enabled and starts its target at its time', () => {
  const rules = allOfType(templates, 'AWS::Events::Rule').map(({ Properties }) => {
    const { Name, ScheduleExpression = 'on an event', State, Targets } = Properties;
    return [Name, State, ScheduleExpression, Targets.map(({ Arn }: { Arn: unknown }) => text(Arn)).join()];
  });
  expect(rules.sort()).toEqual(
    [
      ['alarm-changes', 'on an event', 'SlackNoticesQueue'],
      ['daily', 'cron(15 0 * * ? *)', 'DailyStartMachine'],
      ['evaluation', 'cron(7 * * * ? *)', 'EvaluationStartMachine'],
      ['failed-workflows', 'on an event', 'SlackNoticesQueue'],
      ['measure-drift', 'rate(5 minutes)', 'MonitorMeasureDrift'],
      ['prune-fraud', 'cron(37 * * * ? *)', 'PruningPruneFraud'],
      ['retraining', 'cron(30 3 ? * SUN *)', 'RetrainingWorkflowMachine'],
      ['sensor', 'cron(1 * * * ? *)', 'SensorStartMachine'],
      ['tidy-observations', 'cron(20 * * * ? *)', 'TidyObservations'],
    ].map(([name, time, target]) => [
      `isobar-prod-${name}`,
      'ENABLED',
      time,
      expect.stringMatching(new RegExp(`^<${target}[0-9A-F]{8}(\\.Arn)?>$`)),
    ]),
  );
});
