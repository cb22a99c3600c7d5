import { expect, test } from '@jest/globals';
import { insertErrors } from '../../../../lambdas/errors/record-errors/errors-table.ts';
import { recordErrors } from '../../../../lambdas/errors/record-errors/record-errors.ts';
import { consume } from '../../../../lambdas/shared/exactly-once/consume.ts';
import { versionOf } from '../../../../lambdas/shared/incoming/incoming-files.ts';
import { ingestedFiles } from '../../../../lambdas/shared/incoming/ingested-files-table.ts';
import { orderedSend } from '../../../../lambdas/shared/kafka/ordered-send.ts';
import { plausible } from '../../../../lambdas/shared/wire/limits.ts';
import { ingestObservations } from '../../../../lambdas/weather/ingest-observations/ingest-observations.ts';
import { errorsTable } from '../../../../localstack/errors/errors-table.ts';
import { redrive } from '../../../../localstack/errors/redrive.ts';
import { type RefusedFile, redriveFiles } from '../../../../localstack/errors/redrive-files.ts';
import { refusedFiles } from '../../../../localstack/errors/refused-files.ts';
import { kafkaEvent, type SentRecord } from '../../../fixtures/kafka-events.ts';
import { testDatabase } from '../../lambdas/test-database.ts';

const { connect, query } = testDatabase({ as: 'weather' });
const log = { info() {}, error() {} };
const file = versionOf('incoming/observations/a.csv', 'e1');

/** The records of both topics, as the brokers have them. */
const topics: Record<string, SentRecord[]> = { 'weather-data': [], 'error-data': [] };

const record = consume({
  name: 'record-errors',
  epochs: {},
  database: connect(),
  log,
  apply: (partitions, tx) =>
    recordErrors(partitions, { store: (errors) => insertErrors(tx, errors), put: async () => {} }),
});

/** Ingests the file as a function does that gets its notice, and has its errors recorded. */
async function ingest(content: string): Promise<void> {
  await ingestObservations(
    {
      ...file,
      readAtMs: 0,
      async *open() {
        yield Buffer.from(content);
      },
      close() {},
    },
    plausible,
    {
      ...ingestedFiles(connect()),
      startSending: () =>
        orderedSend(
          {
            send: async ({ topic, messages }) => {
              for (const { value, headers } of messages) {
                const sent = topics[topic] ?? [];
                sent.push({
                  offset: sent.length,
                  value: String(value),
                  headers: headers as Record<string, string>,
                });
              }
            },
          },
          { messages: 100, bytes: 1e6 },
        ),
      now: Date.now,
    },
  );
  const errors = topics['error-data'] ?? [];
  if (errors.length > 0) await record(kafkaEvent('error-data', { 0: errors }));
}

const asked: RefusedFile[] = [];
const redriveAll = (askIngest = async (each: RefusedFile) => void asked.push(each)) => {
  const files = refusedFiles(connect(), { bucket: 'lake', queue: 'q', account: { region: 'us-east-1' } });
  return redrive(
    {},
    {
      ...errorsTable(connect()),
      limits: plausible,
      send: async () => {},
      redriveFiles: (errors) => redriveFiles(errors, { ...files, eTagInLake: async () => 'e1', askIngest }),
    },
  );
};
const statuses = async () =>
  (
    await query<{ status: string }>('select processing_status as status from error_weather_data order by id')
  ).map(({ status }) => status);

test('a refused file is read again when its error is redriven, each refusal is one error, and its rows land once', async () => {
  const refused = '<html>not found</html>';
  await ingest(refused);
  await ingest(refused);
  expect(await statuses()).toEqual(['NEW']);

  expect(await redriveAll()).toMatchObject({ redriven: 1, files: [file.key], invalid: [] });
  expect(asked).toEqual([file]);
  await ingest(refused);
  await ingest(refused);
  expect(await statuses()).toEqual(['REDRIVEN', 'NEW']);

  const crash = redriveAll(async () => {
    throw new Error('the queue is down');
  });
  await expect(crash).rejects.toThrow('the queue is down');
  expect(await statuses()).toEqual(['REDRIVEN', 'REDRIVING']);
  expect(await redriveAll()).toMatchObject({ redriven: 1, files: [file.key] });

  // By now it fits, as when a format file was added. Its first row is invalid.
  const rows = 'Seoul,2024-02-30 00:00:00,1,2,3,4\nSeoul,2024-01-01 00:00:00,1,2,3,4\n';
  await ingest(rows);
  await ingest(rows);
  expect(await statuses()).toEqual(['REDRIVEN', 'REDRIVEN', 'NEW']);
  expect(topics['weather-data']).toHaveLength(1);
  expect(
    await query('select rows_valid::int, rows_invalid::int, rows_refused::int from ingested_files'),
  ).toEqual([{ rows_valid: 1, rows_invalid: 1, rows_refused: 0 }]);
});
