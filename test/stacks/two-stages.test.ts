import { expect, test } from '@jest/globals';
import type { AppConfig } from '../../lib/app-config.ts';
import { stages } from '../../lib/config.ts';
import { templatesOf } from './synthesized.ts';
import { textIn } from './template-text.ts';

/** Properties that name a resource within an account and region. A named query belongs to its workgroup. */
const namesByType: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::RestApi': 'Name',
  'AWS::ApplicationAutoScaling::ScalingPolicy': 'PolicyName',
  'AWS::Athena::WorkGroup': 'Name',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::Dashboard': 'DashboardName',
  'AWS::Events::Rule': 'Name',
  'AWS::Glue::Job': 'Name',
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::MSK::Cluster': 'ClusterName',
  'AWS::MSK::Configuration': 'Name',
  'AWS::RDS::DBInstance': 'DBInstanceIdentifier',
  'AWS::S3::Bucket': 'BucketName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SSM::Parameter': 'Name',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::StepFunctions::StateMachine': 'StateMachineName',
};

/** Every physical name that a stage claims in its account, as `<type> <name>`. It has no exports. */
function claimedBy(config: AppConfig): string[] {
  const templates = templatesOf(config);
  const text = textIn(templates);
  return Object.values(templates).flatMap(({ Resources }) =>
    Object.values(Resources).flatMap(({ Type, Properties = {} }) => {
      if (Type === 'AWS::Glue::Database') return [`${Type} ${text(Properties.DatabaseInput.Name)}`];
      const name = Properties[namesByType[Type] ?? ''];
      return name === undefined ? [] : [`${Type} ${text(name)}`];
    }),
  );
}

const claims = { dev: claimedBy(stages.dev), prod: claimedBy(stages.prod) };

test('two stages in one account claim no physical name in common', () => {
  const taken = new Set(claims.dev);
  expect(claims.prod.filter((name) => taken.has(name))).toEqual([]);
  expect(claims.prod.length).toBeGreaterThan(250);
});

test('no stage claims a name twice', () => {
  for (const names of Object.values(claims)) expect(names).toHaveLength(new Set(names).size);
});

test('a name of one stage differs from that of another in the name of the stage alone', () => {
  const common = (names: readonly string[], stage: string) =>
    new Set(names.map((name) => name.replace(RegExp(`(?<=isobar[-_/]|/isobar/)${stage}`), '<stage>')));
  expect([...common(claims.prod, 'prod')].sort()).toEqual([...common(claims.dev, 'dev')].sort());
});

test('the networks of two stages on AWS do not overlap', () => {
  // All are /16: the first two numbers name the network.
  const networkOf = ({ network: { cidr } }: AppConfig) => {
    expect(cidr).toMatch(/^10\.\d+\.0\.0\/16$/);
    return cidr.split('.').slice(0, 2).join('.');
  };
  expect(networkOf(stages.prod)).not.toBe(networkOf(stages.dev));
});
