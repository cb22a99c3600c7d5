import { expect, test } from '@jest/globals';
import { localEnvironment } from '../../../../localstack/deploy/environment.ts';

const account = { endpointUrl: 'http://127.0.0.1:4566', region: 'us-east-1' };

test('a deploy to an endpoint on another machine is refused by name', () => {
  expect(() => localEnvironment({ ...account, endpointUrl: 'http://evil.com' }, {})).toThrow(
    'http://evil.com',
  );
});

test('none of the caller’s AWS settings reaches a local deploy', () => {
  const environment = localEnvironment(account, {
    PATH: '/bin',
    AWS_PROFILE: 'production',
    AWS_SESSION_TOKEN: 'real',
    AWS_ACCESS_KEY_ID: 'real',
    AWS_ENDPOINT_URL_S3: 'https://s3.amazonaws.com',
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true',
  });
  expect(environment).toEqual({
    PATH: '/bin',
    NO_PROXY: 'localhost,127.0.0.1,::1',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
});
