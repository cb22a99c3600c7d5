import { expect, test } from '@jest/globals';
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

test('snapshot', () => {
  expect(stable(fraud)).toMatchSnapshot();
});
