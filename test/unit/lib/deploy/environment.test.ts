import { expect, test } from '@jest/globals';
import { cloudEnvironment, inEnvironment } from '../../../../lib/deploy/environment.ts';

test.each(['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_S3'])(
  'a deploy to AWS is refused while %s redirects its clients',
  (name) => {
    expect(() => cloudEnvironment({ [name]: 'http://127.0.0.1:4566' })).toThrow(name);
  },
);

test('a deploy to AWS uses the AWS settings of the caller', () => {
  const ambient = { AWS_PROFILE: 'production', AWS_ENDPOINT_URL: '' };
  expect(cloudEnvironment(ambient)).toEqual(ambient);
});

test('the environment is restored after a task, even if the task fails', async () => {
  const before = { ...process.env };
  const seen = await inEnvironment({ ONLY: 'this' }, async () => ({ ...process.env }));
  expect(seen).toEqual({ ONLY: 'this' });
  expect({ ...process.env }).toEqual(before);

  await expect(inEnvironment({}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect({ ...process.env }).toEqual(before);
});
