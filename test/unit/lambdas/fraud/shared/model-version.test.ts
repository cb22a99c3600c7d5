import { expect, test } from '@jest/globals';
import { currentModelKey, versionFrom } from '../../../../../lambdas/fraud/shared/model-version.ts';

test('the pointer names the model in use', () => {
  expect(versionFrom('{"version":"trained-20240505T033000-0a1b2c3d"}', currentModelKey)).toBe(
    'trained-20240505T033000-0a1b2c3d',
  );
});

test.each(['', '{', 'null', '{}', '{"version":7}', '{"version":""}', '{"version":"../secret"}'])(
  'the pointer %j is refused, and the error shows it',
  (text) => {
    expect(() => versionFrom(text, currentModelKey)).toThrow(
      `models/fraud/current: found ${text}, expected {"version": "…"}`,
    );
  },
);
