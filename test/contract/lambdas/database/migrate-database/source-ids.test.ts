import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { databaseSchema } from '../../../../../lambdas/database/migrate-database/database-schema.ts';
import { migrateDatabase } from '../../../../../lambdas/database/migrate-database/migrate-database.ts';
import { consume } from '../../../../../lambdas/shared/exactly-once/consume.ts';
import { rowIdentity } from '../../../../../lambdas/shared/exactly-once/identity.ts';
import { longSource, sourceId, sourceOf } from '../../../../../lambdas/shared/kafka/source.ts';
import { kafkaEvent } from '../../../../fixtures/kafka-events.ts';
import { testDatabase } from '../../test-database.ts';

const baseline = readFileSync(join(import.meta.dirname, '../../../../fixtures/schema/baseline.sql'), 'utf8');
const { connect, query } = testDatabase({ migrated: false });

const [key, eTag] = ['incoming/observations/a@home.csv', 'd41d8cd98f00b204e9800998ecf8427e-2'];

test('a file that was partly sent before the upgrade, and again after it, counts once', async () => {
  await migrateDatabase(connect(), { schema: baseline, migrations: [], functions: [], grants: '' });
  await query(
    "insert into applied_offsets (consumer, topic, partition, next_offset) values ('c', 't', 0, 3)",
  );
  await query(
    "insert into source_progress (consumer, topic, partition, source, last_row) values ('c', 't', 0, $1, 4)",
    [longSource(key, eTag)],
  );
  const origins = [`${longSource(key, eTag)}:4`, 'weather-data/0/7', 'weather-data/0/8@watch-weather'];
  await query("insert into applied_origins (consumer, origin) select 'c', unnest($1::text[])", [origins]);
  await query(
    'insert into ingested_files (source, rows_read, rows_valid, rows_invalid) values ($1, 2, 2, 0)',
    [longSource(key, 'done')],
  );
  await migrateDatabase(connect(), databaseSchema);

  const known = await query<{ origin: string }>('select origin from applied_origins');
  expect(known.map(({ origin }) => origin).sort()).toEqual(
    [rowIdentity(sourceOf(key, eTag), 4), ...origins.slice(1)].sort(),
  );
  expect(await query('select key, etag from ingested_files')).toEqual([{ key, etag: 'done' }]);
  const applied: number[] = [];
  const handle = consume({
    name: 'c',
    epochs: {},
    database: connect(),
    log: { info() {}, error() {} },
    apply: async (partitions) => {
      applied.push(...partitions.flatMap(({ records }) => records.map(({ headers }) => headers.row ?? 0)));
      return {};
    },
  });
  const again = [2, 3, 4, 5, 6].map((row, index) => ({
    offset: 3 + index,
    value: '{}',
    headers: { source: sourceOf(key, eTag), row: String(row) },
  }));
  await handle(kafkaEvent('t', { 0: again }));
  expect(applied).toEqual([5, 6]);
});

test('Postgres computes the same id as the functions', async () => {
  const source = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
  await fc.assert(
    fc.asyncProperty(source, fc.boolean(), async (text, isLong) => {
      const given = isLong ? longSource(text, 'e') : text;
      expect(await query('select source_id($1) as id', [given])).toEqual([{ id: sourceId(given) }]);
    }),
    { numRuns: 50 },
  );
});
