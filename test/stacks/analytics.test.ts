import { expect, test } from '@jest/globals';
import { columnNames } from '../../lambdas/land-observations/parquet.ts';
import { rawObservations } from '../../lib/analytics/tables.ts';
import { stages } from '../../lib/config.ts';
import { resourcesOfType, stable, templatesOf } from './synthesized.ts';

const { Analytics: analytics } = templatesOf(stages.prod);
if (analytics === undefined) throw new Error('The app has no analytics stack.');

const tables = new Map(
  resourcesOfType(analytics, 'AWS::Glue::Table').map(({ Properties: { TableInput } }) => [
    TableInput.Name as string,
    TableInput,
  ]),
);

test('the raw table has the columns that landing writes, in their order', () => {
  expect(rawObservations.columns.map(({ name }) => name)).toEqual(columnNames);
});

test('partitions of what lands are computed; those of what the daily job publishes are registered', () => {
  const projected = [...tables].map(([name, { Parameters }]) => [name, Parameters['projection.enabled']]);
  expect(Object.fromEntries(projected)).toEqual({
    raw_observations: 'true',
    curated_observations: undefined,
    daily_weather: undefined,
    error_events: 'true',
  });
});

test('every query is limited, encrypted and kept where the workgroup says', () => {
  const [group] = resourcesOfType(analytics, 'AWS::Athena::WorkGroup');
  expect(group?.Properties.WorkGroupConfiguration).toMatchObject({
    EnforceWorkGroupConfiguration: true,
    BytesScannedCutoffPerQuery: 100 * 1024 ** 3,
    ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: 'SSE_S3' } },
  });
});

test('named queries name the partitions they need', () => {
  for (const { Properties } of resourcesOfType(analytics, 'AWS::Athena::NamedQuery'))
    expect(Properties.QueryString).toMatch(/(ingest_date|event_date|error_date) >= current_date/);
});

test('snapshot', () => {
  expect(stable(analytics)).toMatchSnapshot();
});
