import { expect, test } from '@jest/globals';
import type { Stack } from 'aws-cdk-lib';
import { stages } from '../../lib/config.ts';
import { functionsOf, resourcesOf, resourcesOfType, templatesOf } from './synthesized.ts';
import type { Resource } from './template-text.ts';
import { withApp } from './with-app.ts';

const { Weather: weather } = templatesOf(stages.prod);
if (weather === undefined) throw new Error('The app has no weather stack.');

const policies = resourcesOfType(weather, 'AWS::IAM::Policy');
const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);

test('consumers may add to the failed batches, and one function may read them', () => {
  const onBatches = statements.filter(({ Resource: resource }) =>
    JSON.stringify(resource).includes('/aws/lambda/*'),
  );
  expect(onBatches.map(({ Action }) => Action)).toEqual([...Array(4).fill('s3:PutObject'), 's3:GetObject']);
});

test('the weather functions write raw observations, errors and failed batches, and no more', () => {
  const written = statements
    .filter(({ Action }) => [Action].flat().includes('s3:PutObject'))
    .map(({ Resource: resource }) => /"\/([\w/-]+)\*"/.exec(JSON.stringify(resource))?.[1]);
  expect([...new Set(written)].sort()).toEqual(['aws/lambda/', 'errors/', 'raw/observations/']);
});

test('two functions may delete objects: of a given-up batch, and those that were merged', () => {
  const deleting = policies.flatMap(({ Properties }) =>
    Properties.PolicyDocument.Statement.filter(({ Action }: { Action: string | string[] }) =>
      /s3:Delete|s3:\*/.test(String(Action)),
    ).map(({ Action, Resource }: { Action: unknown; Resource: { 'Fn::Join': [string, unknown[]] } }) => ({
      role: Properties.PolicyName,
      Action,
      under: Resource['Fn::Join'][1].at(-1),
    })),
  );
  const role = expect.stringMatching(/^RecordFailedBatchesRole/);
  expect(deleting).toEqual([
    {
      role: expect.stringMatching(/^TidyObservationsRole/),
      Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
      under: '/raw/observations/*',
    },
    { role, Action: 's3:DeleteObject', under: '/raw/observations/*' },
    { role, Action: 's3:DeleteObject', under: '/errors/*' },
  ]);
});

test('every deploy runs migrate-database', () => {
  const handlers = resourcesOfType(weather, 'Custom::Trigger').map(({ Properties }) => Properties.HandlerArn);
  expect(JSON.stringify(handlers)).toContain('"MigrateDatabaseCurrentVersion');
});

const waitsForTables = ({ DependsOn = [] }: Resource) => [DependsOn].flat().includes('Migrations');

test.each(functionsOf('weather', 'errors'))('every deploy migrates the database before %s runs', (folder) => {
  const lambda = Object.values(resourcesOf(weather)).find(
    ({ Properties }) => Properties?.FunctionName === `isobar-prod-${folder}`,
  );
  expect(lambda && waitsForTables(lambda)).toBe(true);
});

test('every deploy migrates the database before a queue or a topic starts a function', () => {
  const mappings = resourcesOfType(weather, 'AWS::Lambda::EventSourceMapping');
  expect(mappings.length).toBeGreaterThan(0);
  expect(mappings.filter((mapping) => !waitsForTables(mapping))).toEqual([]);
});

test.each(['Fraud', 'Workflows'])(
  'the %s stack is deployed after the weather stack, which migrates the database',
  (id) => {
    const dependencies = withApp(stages.prod, (app) => {
      const { artifactId } = app.node.findChild(id) as Stack;
      return app
        .synth()
        .getStackArtifact(artifactId)
        .dependencies.map((each) => each.id);
    });
    expect(dependencies).toContain('Weather');
  },
);
