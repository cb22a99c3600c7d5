import { describe, expect, jest, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { modelRefusals } from '../../lambdas/fraud/score-transaction/model-refusals.ts';
import { routes } from '../../lambdas/shared/metrics/metrics.ts';
import { stages } from '../../lib/config.ts';
import { resourcesOfType, templatesOf } from './synthesized.ts';

const { Fraud: fraud } = templatesOf(stages.prod);
if (fraud === undefined) throw new Error('The app has no fraud stack.');

test('each endpoint that is not open to all has a token of its own, made by Secrets Manager', () => {
  const secrets = resourcesOfType(fraud, 'AWS::SecretsManager::Secret').map(({ Properties }) => Properties);
  expect(secrets).toHaveLength(3);
  expect(new Set(secrets.map(({ Name }) => Name)).size).toBe(3);
  for (const { GenerateSecretString, SecretString } of secrets) {
    expect(GenerateSecretString).toEqual({ PasswordLength: 43, ExcludePunctuation: true });
    expect(SecretString).toBeUndefined();
  }
});

/** What the role of a function allows, apart from what cannot be narrowed to a resource. */
function rightsOf(folder: string): { Action: unknown; Resource: unknown }[] {
  const own = resourcesOfType(fraud as Template, 'AWS::Lambda::Function').find(
    ({ Properties }) => Properties.FunctionName === `isobar-prod-${folder}`,
  );
  const [roleId] = own?.Properties.Role['Fn::GetAtt'] ?? [];
  return resourcesOfType(fraud as Template, 'AWS::IAM::Policy')
    .filter(({ Properties }) => Properties.Roles.some(({ Ref }: { Ref: string }) => Ref === roleId))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Resource }) => Resource !== '*');
}

describe('label files', () => {
  test('are read from their own prefix, and nothing in the lake is written', () => {
    const onS3 = rightsOf('record-labels').filter(({ Action }) => JSON.stringify(Action).includes('s3:'));
    expect(onS3.map(({ Action }) => Action)).toEqual(['s3:GetObject', 's3:ListBucket']);
    expect(JSON.stringify(onS3[0]?.Resource)).toContain('/incoming/labels/*');
  });

  test('that fail go back to the queue by themselves', () => {
    const [mapping] = resourcesOfType(fraud, 'AWS::Lambda::EventSourceMapping').filter(({ Properties }) =>
      JSON.stringify(Properties.FunctionName).includes('RecordLabels'),
    );
    expect(mapping?.Properties).toMatchObject({
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });
});

const actionsOf = (folder: string) =>
  rightsOf(folder)
    .flatMap(({ Action }) => Action)
    .sort();

const readSecret = ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'];

test('a function of the API may do what its endpoints need, and nothing else', () => {
  expect(actionsOf('show-metrics')).toEqual([...readSecret, ...readSecret].sort());
  expect(actionsOf('update-metrics')).toEqual([...readSecret, ...readSecret].sort());
  expect(actionsOf('score-transaction')).toEqual([
    'kafka-cluster:Connect',
    'kafka-cluster:DescribeTopic',
    'kafka-cluster:WriteData',
    's3:GetObject',
    's3:ListBucket',
    ...[...readSecret, ...readSecret].sort(),
  ]);
});

test('no function can read the token of an endpoint that is not its own', () => {
  const policies = resourcesOfType(fraud, 'AWS::IAM::Policy');
  for (const [token, folder] of [
    ['ApiPredictToken', 'ScoreTransaction'],
    ['ApiMetricsToken', 'ShowMetrics'],
  ] as const) {
    const readers = policies.filter(({ Properties }) =>
      JSON.stringify(Properties.PolicyDocument).includes(token),
    );
    expect(readers.map(({ Properties }) => Properties.Roles[0].Ref)).toEqual([
      expect.stringContaining(folder),
    ]);
  }
});

test('gauges are set from the addresses of the NAT gateways and from nowhere else', () => {
  const [api] = resourcesOfType(fraud, 'AWS::ApiGateway::RestApi');
  const [open, closed, ...others] = api?.Properties.Policy.Statement ?? [];
  expect(open).toMatchObject({ Effect: 'Allow', Resource: 'execute-api:/*' });
  expect(closed).toMatchObject({ Effect: 'Deny', Resource: 'execute-api:/*/POST/update_metrics' });
  expect(closed.Condition.NotIpAddress['aws:SourceIp']).toHaveLength(stages.prod.network.natGateways);
  expect(others).toEqual([]);
});

test('all routes are throttled, and their access logged, without what is in a request', () => {
  const [stage] = resourcesOfType(fraud, 'AWS::ApiGateway::Stage');
  const { requestsPerSecond, burstRequests } = stages.prod.api;
  expect(stage?.Properties.MethodSettings).toEqual([
    {
      HttpMethod: '*',
      ResourcePath: '/*',
      ThrottlingRateLimit: requestsPerSecond,
      ThrottlingBurstLimit: burstRequests,
      LoggingLevel: 'ERROR',
      DataTraceEnabled: false,
      MetricsEnabled: true,
    },
  ]);
  const { DestinationArn, Format } = stage?.Properties.AccessLogSetting ?? {};
  expect(DestinationArn).toEqual({ 'Fn::GetAtt': [expect.stringContaining('AccessLogs'), 'Arn'] });
  expect(Format).not.toMatch(/authoriz|body/i);
});

test('the routes are those that metrics.ts counts', () => {
  const paths = resourcesOfType(fraud, 'AWS::ApiGateway::Resource').map(
    ({ Properties }) => `/${Properties.PathPart}`,
  );
  expect(paths.sort()).toEqual([...routes].sort());
});

test('the metric that the function writes into its log is the one that the alarm on refused models watches', async () => {
  const printed: string[] = [];
  const print = jest.spyOn(console, 'log').mockImplementation((line) => void printed.push(line));
  const log = { info: () => {}, error: () => {} };
  await modelRefusals({ query: async () => [], log, stage: 'prod' })(new Error('broken'));
  print.mockRestore();
  const [line] = printed.map((each) => JSON.parse(each));
  const [{ Namespace, Dimensions, Metrics }] = line._aws.CloudWatchMetrics;
  const alarm = resourcesOfType(fraud, 'AWS::CloudWatch::Alarm').find(
    ({ Properties }) => Properties.AlarmName === 'isobar-prod-model-refused',
  )?.Properties;
  expect({ Namespace, MetricName: Metrics[0].Name }).toEqual({
    Namespace: alarm?.Namespace,
    MetricName: alarm?.MetricName,
  });
  expect(Dimensions).toEqual([alarm?.Dimensions.map(({ Name }: { Name: string }) => Name)]);
  for (const { Name, Value } of alarm?.Dimensions ?? []) expect(line[Name]).toBe(Value);
  expect(line[alarm?.MetricName]).toBeGreaterThan(alarm?.Threshold);
  expect(Math.abs(line._aws.Timestamp - Date.now())).toBeLessThan(60_000);
});
