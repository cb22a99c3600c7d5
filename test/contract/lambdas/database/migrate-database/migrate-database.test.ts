import { expect, test } from '@jest/globals';
import { migrateDatabase } from '../../../../../lambdas/database/migrate-database/migrate-database.ts';
import { migrations } from '../../../../../lambdas/database/migrate-database/migrations.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase({ migrated: false });

const tables = async () => {
  const rows = await query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
  );
  return rows.map(({ name }) => name);
};

test('two deploys at once apply each migration once, and a third applies nothing', async () => {
  const applied = await Promise.all([
    migrateDatabase(connect(), migrations),
    migrateDatabase(connect(), migrations),
  ]);
  expect(applied.flat().sort()).toEqual(migrations.map(({ name }) => name));
  expect(await migrateDatabase(connect(), migrations)).toEqual([]);
  expect(await tables()).toEqual([
    'account_activity',
    'alert_cooldowns',
    'applied_migrations',
    'applied_offsets',
    'applied_origins',
    'daily_weather_summary',
    'error_weather_data',
    'evaluation_mark',
    'feature_histograms',
    'ingested_files',
    'labels',
    'landed_days',
    'latest_observations',
    'metric_counters',
    'metric_gauges',
    'metric_histograms',
    'metric_updates',
    'model_evaluations',
    'predictions',
    'published_days',
    'replaced_runs',
    'scored_requests',
    'skipped_offsets',
    'slack_messages',
    'slack_pace',
    'source_progress',
    'watched_places',
    'weather_alerts',
    'weather_windows',
  ]);
});

test('a migration that was edited after it was applied is refused', async () => {
  const edited = migrations.map((migration) => ({ ...migration, sql: `${migration.sql} ` }));
  await expect(migrateDatabase(connect(), edited)).rejects.toThrow('Migration 0001-ledger was edited');
});

test('a migration that fails leaves nothing of itself, and is applied when it is mended', async () => {
  const broken = { name: '9999-broken', sql: 'create table half (id int); select nonsense' };
  await expect(migrateDatabase(connect(), [broken])).rejects.toThrow('nonsense');
  expect(await tables()).not.toContain('half');
  const mended = { ...broken, sql: 'create table half (id int)' };
  expect(await migrateDatabase(connect(), [mended])).toEqual(['9999-broken']);
});
