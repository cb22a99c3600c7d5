import { describe, expect, test } from '@jest/globals';
import { readEnv } from '../../../../../lambdas/shared/aws/env.ts';

const read = (source: Record<string, string>) =>
  readEnv(
    (env) => ({
      name: env.text('NAME'),
      ca: env.optionalText('CA'),
      brokers: env.list('BROKERS'),
      limit: env.number('LIMIT'),
      auth: env.oneOf('AUTH', ['none', 'iam']),
    }),
    source,
  );

describe('readEnv', () => {
  test('returns typed values', () => {
    const source = { NAME: 'n', CA: '', BROKERS: 'a:1,b:2', LIMIT: '-1.5', AUTH: 'iam' };
    expect(read(source)).toEqual({
      name: 'n',
      ca: undefined,
      brokers: ['a:1', 'b:2'],
      limit: -1.5,
      auth: 'iam',
    });
  });

  test('names everything that is missing or wrong at once', () => {
    const message =
      'Environment: NAME is missing; BROKERS is missing; LIMIT is "many", expected a number; AUTH is "basic", expected none or iam';
    expect(() => read({ NAME: '', LIMIT: 'many', AUTH: 'basic' })).toThrow(message);
  });
});
