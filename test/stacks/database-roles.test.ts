import { expect, test } from '@jest/globals';
import { databaseRoles } from '../../lambdas/shared/postgres/database-roles.ts';
import { stages } from '../../lib/config.ts';
import { allOfType, functionsOf, templatesOf } from './synthesized.ts';
import { textIn } from './template-text.ts';

const templates = templatesOf(stages.prod);
const text = textIn(templates);

/** The functions that connect to the database: each with its user, and with the secrets that it may read. */
const connecting = allOfType(templates, 'AWS::Lambda::Function')
  .filter(({ Properties }) => Properties.Environment?.Variables?.DATABASE_SECRET_ARN !== undefined)
  .map(({ stack, Properties: { FunctionName, Role, Environment } }) => ({
    folder: FunctionName.replace('isobar-prod-', ''),
    user: userIn(text(Environment.Variables.DATABASE_SECRET_ARN)),
    readable: allOfType(templates, 'AWS::IAM::Policy')
      .filter((policy) => policy.stack === stack && policy.Properties.Roles.some(isRole(Role)))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Action }) => [Action].flat().includes('secretsmanager:GetSecretValue'))
      .flatMap(({ Resource }) => [Resource].flat().map(text))
      .filter((arn) => arn.startsWith('<Storage.'))
      .map(userIn),
  }));

function userIn(secret: string): string | undefined {
  return /^<Storage\.Database(\w+)SecretAttachment\w+>$/.exec(secret)?.[1];
}

function isRole(role: { readonly 'Fn::GetAtt': readonly string[] }) {
  return ({ Ref }: { readonly Ref?: string }) => Ref === role['Fn::GetAtt'][0];
}

const foldersOf = (user: string) =>
  connecting
    .filter((each) => each.user === user)
    .map(({ folder }) => folder)
    .sort();

test('each function connects as the role of its pipeline', () => {
  const ofMetrics = ['show-metrics', 'update-metrics'];
  expect(foldersOf('Metrics')).toEqual(ofMetrics);
  const ofFraud = functionsOf('fraud').filter((folder) => !ofMetrics.includes(folder));
  expect(ofFraud).toEqual(expect.arrayContaining(foldersOf('Fraud')));
  expect(functionsOf('weather', 'errors', 'daily')).toEqual(expect.arrayContaining(foldersOf('Weather')));
  expect(foldersOf('Migrator')).toEqual(['migrate-database']);
  expect(connecting.length).toBeGreaterThan(25);
});

test('only the functions that create and change logins connect as the master user', () => {
  expect(foldersOf('Postgres')).toEqual(['prepare-roles', 'rotate-secret']);
});

test('the secret of each role is rotated every 30 days, once the roles are there', () => {
  const schedules = allOfType(templates, 'AWS::SecretsManager::RotationSchedule');
  expect(schedules.map(({ Properties }) => userIn(text(Properties.SecretId)))).toEqual(
    databaseRoles.map((role) => `${role[0]?.toUpperCase()}${role.slice(1)}`),
  );
  for (const { Properties, DependsOn } of schedules) {
    expect(Properties.RotationRules).toEqual({ ScheduleExpression: 'rate(30 days)' });
    expect(Properties.RotateImmediatelyOnUpdate).toBe(false);
    expect(DependsOn).toContainEqual(expect.stringMatching(/^DatabaseRolesCreated/));
  }
});

test.each(connecting.filter(({ user }) => user !== 'Postgres'))(
  '$folder may read the secret of its own role, and of no other',
  ({ user, readable }) => {
    expect(readable).toEqual([user]);
  },
);
