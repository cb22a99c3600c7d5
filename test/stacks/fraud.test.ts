import { describe, expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { stages } from '../../lib/config.ts';
import { resourcesOfType, stable, templatesOf } from './synthesized.ts';

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

test('snapshot', () => {
  expect(stable(fraud)).toMatchSnapshot();
});
