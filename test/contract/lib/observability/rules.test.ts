import { globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { promtool } from '../../../fixtures/promtool.ts';

const committed = join(import.meta.dirname, '../../../../localstack/prometheus/isobar.rules.yml');
const tests = globSync('*.test.yml', { cwd: import.meta.dirname }).map((file) =>
  join(import.meta.dirname, file),
);

test('promtool accepts the rules, and each does what its test says', () => {
  expect(promtool(['check', 'rules', committed])).toMatchObject({ code: 0 });
  expect(promtool(['test', 'rules', ...tests])).toMatchObject({ code: 0 });
});
