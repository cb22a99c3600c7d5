import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { withEveryOption } from './every-option.ts';
import { stackIds, templatesOf } from './synthesized.ts';

const docs = join(import.meta.dirname, '../../docs/aws');
const read = (file: string) => readFileSync(join(docs, file), 'utf8');

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
}
interface Policy {
  readonly PolicyDocument: unknown;
}
const actionsOf = (file: string): string[] =>
  (JSON.parse(read(file)).Statement as Statement[])
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action }) => [Action].flat());

/** The service prefix of IAM, where it is not the service's name in resource types. */
const prefixes: Readonly<Record<string, string>> = {
  ApplicationAutoScaling: 'application-autoscaling',
  MSK: 'kafka',
  StepFunctions: 'states',
};

const resources = Object.values(templatesOf(withEveryOption, [...stackIds, 'ManagedPrometheus'])).flatMap(
  ({ Resources }) => Object.values(Resources),
);
const types = [...new Set(resources.map(({ Type }) => Type))]
  .filter((type) => type.startsWith('AWS::') && type !== 'AWS::CDK::Metadata')
  .sort();

test.each(types)('CloudFormation has the rights to create and delete %s', (type) => {
  const [, service = ''] = type.split('::');
  const prefix = prefixes[service] ?? service.toLowerCase();
  const granted = actionsOf('execution-policy.json');
  const rights = granted.filter((action) => action.startsWith(`${prefix}:`));
  expect(rights).not.toEqual([]);
  if (prefix !== 'iam') expect(rights).toContain(`${prefix}:*`);
});

test('each resource type has a row in docs/aws.md that links what it was compared with', () => {
  const [, chapter = ''] =
    /^### By resource type$([\s\S]*?)^#/m.exec(readFileSync(join(docs, '../aws.md'), 'utf8')) ?? [];
  const rows = chapter.split('\n').filter((line) => line.startsWith('| `'));
  const patterns = rows.flatMap((row) => {
    const [, named = '', compared = ''] = row.split('|');
    expect([named, compared]).toEqual([named, expect.stringContaining('](https://')]);
    return [...named.matchAll(/`([\w:*]+)`/g)].map(
      ([, name = '']) => new RegExp(`^AWS::${name.replace('*', '\\w+')}$`),
    );
  });
  expect(types.filter((type) => !patterns.some((pattern) => pattern.test(type)))).toEqual([]);
  expect(patterns.filter((pattern) => !types.some((type) => pattern.test(type)))).toEqual([]);
});

/** What IAM counts of a policy: all but white space. A reference counts as its longest value, an ARN. */
const sizeOf = (document: unknown): number =>
  JSON.stringify(document).replaceAll(
    /\{"(Ref|Fn::GetAtt|Fn::GetStackOutput)":(\[[^\]]*\]|\{[^}]*\}|"[^"]*")\}/g,
    'x'.repeat(120),
  ).length;

test('no role has more in its own policies, and no managed policy more, than IAM takes', () => {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  const ofRoles = new Map<string, number>();
  for (const { Type, Properties } of resources)
    if (Type === 'AWS::IAM::Policy')
      for (const role of Properties.Roles) {
        const id = JSON.stringify(role);
        ofRoles.set(id, (ofRoles.get(id) ?? 0) + sizeOf(Properties.PolicyDocument));
      }
  expect(ofRoles.size).toBeGreaterThan(30);
  const ofRole = resources
    .filter(({ Type }) => Type === 'AWS::IAM::Role')
    .map(({ Properties }) =>
      sizeOf((Properties.Policies ?? []).map(({ PolicyDocument }: Policy) => PolicyDocument)),
    );
  expect(Math.max(...ofRoles.values()) + Math.max(...ofRole)).toBeLessThan(10_240);
  const managed = resources.filter(({ Type }) => Type === 'AWS::IAM::ManagedPolicy');
  expect(Math.max(...managed.map(({ Properties }) => sizeOf(Properties.PolicyDocument)))).toBeLessThan(6_144);
});

test('only Glue may create log groups: a late line of a function would bring back a deleted one, which blocks', () => {
  // Glue's groups have names of its own.
  const creating = resources.filter((resource) => JSON.stringify(resource).includes('logs:CreateLogGroup'));
  expect(creating).toHaveLength(2);
  for (const { Properties } of creating)
    expect(JSON.stringify(Properties.PolicyDocument)).toContain(':log-group:/aws-glue/*');
});

test('CloudFormation may change topics: MSK checks the rights of Kafka when its API is called', () => {
  // https://docs.aws.amazon.com/msk/latest/developerguide/msk-topic-operations-information.html
  const actions = ['Connect', 'CreateTopic', 'DescribeTopic', 'DeleteTopic', 'AlterTopic'];
  const settings = ['DescribeTopicDynamicConfiguration', 'AlterTopicDynamicConfiguration'];
  expect(actionsOf('execution-policy.json')).toEqual(
    expect.arrayContaining([...actions, ...settings].map((action) => `kafka-cluster:${action}`)),
  );
});

test('CloudFormation may create and delete only roles and policies of the project', () => {
  const statements: { Action: string | string[]; Resource: string | string[] }[] = JSON.parse(
    read('execution-policy.json'),
  ).Statement;
  const onIdentities = statements.filter(({ Action }) =>
    [Action].flat().some((action) => action.startsWith('iam:')),
  );
  for (const { Resource: resource } of onIdentities)
    for (const arn of [resource].flat()) expect(arn).toMatch(/:(role|policy)\/(isobar-|aws-service-role\/)/);
});

test('the person who deploys has no right but to assume the roles of the CDK, and to read', () => {
  const others = actionsOf('deployer-policy.json').filter(
    (action) => !/^[\w-]+:(Describe|Get|List|GET)/.test(action),
  );
  expect(others).toEqual(['sts:AssumeRole']);
});

test('the role for the logs of API Gateway outlives its stack, and no stage has one', () => {
  // `!Sub` and `!GetAtt` are CloudFormation's.
  const { Resources } = parse(read('account.yaml'), { logLevel: 'error' });
  expect(types).not.toContain('AWS::ApiGateway::Account');
  expect(Resources.ApiAccount.Type).toBe('AWS::ApiGateway::Account');
  for (const resource of Object.values(Resources))
    expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
});

test('the example of a pipeline checks withEveryOption before a deploy, and dev before prod', () => {
  const { jobs } = parse(read('github-actions.yml'));
  expect(jobs.dev).toMatchObject({ needs: 'check', environment: 'dev' });
  expect(jobs.prod).toMatchObject({ needs: 'dev', environment: 'prod' });
  const runs = (job: string) => jobs[job].steps.flatMap(({ run = '' }) => run.split('\n').filter(Boolean));
  const { scripts } = JSON.parse(readFileSync(join(docs, '../../package.json'), 'utf8'));
  for (const command of [...runs('check'), ...runs('dev'), ...runs('prod')]) {
    const [, script] = /^npm run ([\w:]+)/.exec(command) ?? [];
    if (script !== undefined) expect(Object.keys(scripts)).toContain(script);
  }
  expect(runs('prod')).toEqual(runs('dev'));
});
