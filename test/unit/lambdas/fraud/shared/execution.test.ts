import { expect, test } from '@jest/globals';
import { readExecution } from '../../../../../lambdas/fraud/shared/execution.ts';

test('an execution has a start time and an id', () => {
  const event = { startedAt: '2024-05-01T12:00:00Z', executionId: 'arn:run-1' };
  expect(readExecution(event)).toEqual({ startedAtMs: Date.UTC(2024, 4, 1, 12), executionId: 'arn:run-1' });
});

test.each([
  [{}, 'startedAt: found "undefined", expected a time'],
  [{ startedAt: '2024-05-01T12:00:00Z' }, 'executionId: found nothing'],
  [{ startedAt: '2024-05-01T12:00:00Z', executionId: '' }, 'executionId: found nothing'],
])('%j is refused as an execution, and the error names the field', (event, message) => {
  expect(() => readExecution(event)).toThrow(message);
});
