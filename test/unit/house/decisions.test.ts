import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../../..');
const decisions = globSync('docs/adr/*.md', { cwd: root }).sort();

test.each(decisions)('%s states its status, its date and a summary before anything else', (file) => {
  const start = readFileSync(join(root, file), 'utf8').split('\n').slice(0, 14).join('\n');
  expect(start).toMatch(/^# \d+\. /);
  expect(start).toMatch(/Status:?\**:? *\w+/);
  expect(start).toMatch(/Date:?\**:? *\d{4}-\d\d-\d\d/);
  expect(start).toMatch(/Date:.*\n\n(.+\n){2,}/);
});

test('decisions are numbered without gaps', () => {
  expect(decisions.map((file) => Number(/(\d{4})-/.exec(file)?.[1]))).toEqual(
    decisions.map((_, index) => index + 1),
  );
});
