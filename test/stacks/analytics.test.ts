import { describe, expect, test } from '@jest/globals';
import { columnNames } from '../../lambdas/weather/land-observations/parquet.ts';
import { columnsOf, type Query } from '../../lib/analytics/charts.ts';
import { lakeTables, rawObservations } from '../../lib/analytics/tables.ts';
import { stages, withQuickSight } from '../../lib/config.ts';
import { resourcesOfType, templatesOf } from './synthesized.ts';
import { textIn } from './template-text.ts';

const principal = 'arn:aws:quicksight:us-east-1:123456789012:group/default/weather';
const templates = templatesOf(withQuickSight(stages.prod, principal));
const text = textIn(templates);
const { Analytics: analytics } = templates;
if (analytics === undefined) throw new Error('The app has no analytics stack.');

const tables = new Map(
  resourcesOfType(analytics, 'AWS::Glue::Table').map(({ Properties: { TableInput } }) => [
    TableInput.Name as string,
    TableInput,
  ]),
);

test('the table of raw observations has the columns that land-observations writes, in their order', () => {
  expect(rawObservations.columns.map(({ name }) => name)).toEqual(columnNames);
});

test('Athena computes the partitions of consumers and looks up those of the daily workflow', () => {
  const projected = [...tables].map(([name, { Parameters }]) => [name, Parameters['projection.enabled']]);
  expect(Object.fromEntries(projected)).toEqual({
    raw_observations: 'true',
    curated_observations: undefined,
    daily_weather: undefined,
    error_events: 'true',
  });
});

test('the workgroup limits every query, encrypts its results, and lets no client choose otherwise', () => {
  const [group] = resourcesOfType(analytics, 'AWS::Athena::WorkGroup');
  expect(group?.Properties.WorkGroupConfiguration).toMatchObject({
    EnforceWorkGroupConfiguration: true,
    BytesScannedCutoffPerQuery: 100 * 1024 ** 3,
    ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: 'SSE_S3' } },
  });
});

test('every table reads the prefix of the lake that its definition names', () => {
  const locations = [...tables].map(([name, { StorageDescriptor }]) => [
    name,
    text(StorageDescriptor.Location),
  ]);
  expect(Object.fromEntries(locations)).toEqual(
    Object.fromEntries(
      lakeTables.map(({ name, prefix }) => [
        name,
        expect.stringMatching(new RegExp(`^s3://<Storage\\.LakeBucket\\w+>/${prefix}$`)),
      ]),
    ),
  );
});

test('query results stay in the lake, below the prefix that deletes them after 30 days', () => {
  const [group] = resourcesOfType(analytics, 'AWS::Athena::WorkGroup');
  const { OutputLocation } = group?.Properties.WorkGroupConfiguration.ResultConfiguration ?? {};
  expect(text(OutputLocation)).toMatch(/^s3:\/\/<Storage\.LakeBucket\w+>\/athena\/results\/$/);
});

test('every named query names the partitions it needs', () => {
  for (const { Properties } of resourcesOfType(analytics, 'AWS::Athena::NamedQuery'))
    expect(Properties.QueryString).toMatch(/(ingest_date|event_date|error_date) >= current_date/);
});

describe('analysts', () => {
  const [policy] = resourcesOfType(analytics, 'AWS::IAM::ManagedPolicy');
  const rights: { service: string; action: string; on: string }[] =
    policy?.Properties.PolicyDocument.Statement.flatMap(
      ({ Action, Resource: resource }: { Action: string | string[]; Resource: unknown }) =>
        [Action].flat().flatMap((name) => {
          const [service = '', action = ''] = name.split(':');
          return [resource].flat().map((each) => ({ service, action, on: JSON.stringify(each) }));
        }),
    );

  test('analysts may write query results, and may change no table and no workgroup', () => {
    const writing = rights.filter(({ action }) => !/^(Get|List|BatchGet)/.test(action));
    expect(writing.map(({ service, action }) => `${service}:${action}`).sort()).toEqual([
      'athena:StartQueryExecution',
      'athena:StopQueryExecution',
      's3:AbortMultipartUpload',
      's3:PutObject',
    ]);
    for (const { service, on } of writing)
      expect(on).toMatch(service === 's3' ? /\/athena\/results\/\*"/ : /:workgroup\//);
  });

  test('analysts may read the objects of the tables and of query results, and no others', () => {
    const read = rights
      .filter(({ service, action }) => service === 's3' && action === 'GetObject')
      .map(({ on }) => /"\/([\w/-]+)\*"/.exec(on)?.[1]);
    expect(read.sort()).toEqual(['athena/results/', ...lakeTables.map(({ prefix }) => prefix)].sort());
  });

  test('the rights of analysts name their resources, except for three lists that IAM cannot narrow', () => {
    const unnamed = rights.filter(({ on }) => on === '"*"').map(({ action }) => action);
    expect(unnamed).toEqual(['ListDataCatalogs', 'ListEngineVersions', 'ListWorkGroups']);
  });
});

describe('QuickSight', () => {
  const of = (type: string) =>
    resourcesOfType(analytics, `AWS::QuickSight::${type}`).map(({ Properties }) => Properties);
  const dataSets = of('DataSet').map(({ PhysicalTableMap }) => {
    const [query = ''] = Object.keys(PhysicalTableMap);
    return { query, ...PhysicalTableMap[query].CustomSql };
  });
  const [dashboard] = of('Dashboard');
  const [sheet] = dashboard?.Definition.Sheets ?? [];
  const visuals: { VisualId: string }[] = sheet?.Visuals.flatMap(Object.values);

  test('QuickSight queries in the workgroup, as a role with the rights of analysts', () => {
    const [role] = resourcesOfType(analytics, 'AWS::IAM::Role').map(({ Properties }) => Properties);
    expect(role.ManagedPolicyArns).toEqual([{ Ref: expect.stringContaining('Analysts') }]);
    expect(of('DataSource')).toMatchObject([
      {
        Type: 'ATHENA',
        DataSourceParameters: {
          AthenaParameters: {
            WorkGroup: { Ref: 'WorkGroup' },
            RoleArn: { 'Fn::GetAtt': [expect.anything(), 'Arn'] },
          },
        },
      },
    ]);
  });

  test('QuickSight shows everything to the configured principal alone, and for reading alone', () => {
    for (const type of ['DataSource', 'DataSet', 'Dashboard'])
      for (const { Permissions } of of(type)) {
        expect(Permissions).toMatchObject([{ Principal: principal }]);
        expect(JSON.stringify(Permissions)).not.toMatch(/Update|Delete|Create/);
      }
  });

  test('each QuickSight data set is a named query on the tables of the database, with its columns', () => {
    expect(dataSets.length).toBeGreaterThan(0);
    for (const { query, Columns, SqlQuery } of dataSets) {
      const sql = JSON.stringify(SqlQuery);
      for (const { name } of lakeTables) expect(sql).not.toMatch(new RegExp(`FROM ${name}`));
      expect(sql).toContain('{"Ref":"Database"}');
      const columns = columnsOf(query as Query).map(({ name, type }) => ({ Name: name, Type: type }));
      expect(Columns).toEqual(columns);
    }
  });

  test('each QuickSight data set is refreshed every day, after the daily workflow', () => {
    expect(of('RefreshSchedule').map(({ DataSetId }) => DataSetId)).toEqual(
      of('DataSet').map(({ DataSetId }) => DataSetId),
    );
    for (const { Schedule } of of('RefreshSchedule'))
      expect(Schedule.ScheduleFrequency).toEqual({
        Interval: 'DAILY',
        TimeOfTheDay: '04:00',
        TimeZone: 'UTC',
      });
  });

  test('each chart shows columns that its data set has', () => {
    const shown = [
      ...JSON.stringify(visuals).matchAll(/"ColumnName":"(\w+)","DataSetIdentifier":"([\w-]+)"/g),
    ];
    expect(shown.length).toBeGreaterThan(visuals.length);
    for (const [, column, query] of shown)
      expect(columnsOf(query as Query).map(({ name }) => name)).toContain(column);
  });

  test('charts fill the grid of 36 columns without overlap', () => {
    const taken = new Set<string>();
    const elements = sheet.Layouts[0].Configuration.GridLayout.Elements;
    expect(elements.map(({ ElementId }: { ElementId: string }) => ElementId)).toEqual(
      visuals.map(({ VisualId }) => VisualId),
    );
    for (const { ColumnIndex, ColumnSpan, RowIndex, RowSpan } of elements) {
      expect(ColumnIndex + ColumnSpan).toBeLessThanOrEqual(36);
      for (let column = ColumnIndex; column < ColumnIndex + ColumnSpan; column++)
        for (let row = RowIndex; row < RowIndex + RowSpan; row++) {
          expect(taken).not.toContain(`${column}/${row}`);
          taken.add(`${column}/${row}`);
        }
    }
  });
});
