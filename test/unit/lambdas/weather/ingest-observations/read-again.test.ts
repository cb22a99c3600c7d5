import { expect, test } from '@jest/globals';
import type { Message } from '../../../../../lambdas/shared/kafka/kafka-producer.ts';
import { orderedSend } from '../../../../../lambdas/shared/kafka/ordered-send.ts';
import { plausible } from '../../../../../lambdas/shared/wire/limits.ts';
import { ingestObservations } from '../../../../../lambdas/weather/ingest-observations/ingest-observations.ts';

/** Ingests a file at this attempt, and returns the source and row of what was sent to `error-data`. */
async function errorsAt(attempt: number, content: string) {
  const errors: Message[] = [];
  let ended = 0;
  await ingestObservations(
    {
      key: 'incoming/observations/a.csv',
      eTag: 'etag',
      readAtMs: 0,
      source: 'a-csv-e-tag1',
      async *open() {
        yield Buffer.from(content);
      },
      close() {},
    },
    plausible,
    {
      startIngest: async () => attempt,
      startMember: async () => {},
      markIngested: async (_, __, attempt) => {
        ended = attempt;
      },
      startSending: () =>
        orderedSend(
          { send: async ({ topic, messages }) => void (topic === 'error-data' && errors.push(...messages)) },
          { messages: 100, bytes: 1e6 },
        ),
      now: () => Date.UTC(2024, 0, 1),
    },
  );
  expect(ended).toBe(attempt);
  return errors.map(({ headers }) => `${headers.source} ${headers.row}`);
}

test('a second refusal of a file is an error of its own, and a repetition of one attempt is not', async () => {
  const [first, again, second] = await Promise.all([
    errorsAt(1, '<html>'),
    errorsAt(1, '<html>'),
    errorsAt(2, '<html>'),
  ]);
  expect(first).toHaveLength(1);
  expect(again).toEqual(first);
  expect(second).toHaveLength(1);
  expect(second).not.toEqual(first);
});

test('an invalid row in the first line of a later attempt is not taken for the refusal of an earlier one', async () => {
  const rows = 'Seoul,2024-02-30 00:00:00,1,2,3,4\nSeoul,2024-01-01 00:00:00,1,2,3,4\n';
  const [refusal] = await errorsAt(1, '<html>');
  const [row] = await errorsAt(2, rows);
  expect(row).toBe('a-csv-e-tag1 1');
  expect(row).not.toBe(refusal);
});
