import { randomUUID } from 'node:crypto';
import {
  CreateDatabaseCommand,
  CreateTableCommand,
  GetPartitionCommand,
  GlueClient,
} from '@aws-sdk/client-glue';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openCatalog as openExpireCatalog } from '../../../../../lambdas/daily/expire-superseded-runs/catalog.ts';
import { openCatalog } from '../../../../../lambdas/daily/publish-day/catalog.ts';
import { required } from '../../test-database.ts';

const catalogDatabase = `test_${randomUUID().replaceAll('-', '')}`;
const day = '2024-01-01';
let glue: GlueClient;

beforeAll(async () => {
  const settings = { AWS_ENDPOINT_URL: required('ISOBAR_TEST_AWS_ENDPOINT_URL'), AWS_REGION: 'us-east-1' };
  Object.assign(process.env, settings, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
  glue = new GlueClient();
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: catalogDatabase } }));
  for (const Name of ['curated_observations', 'daily_weather'])
    await glue.send(
      new CreateTableCommand({
        DatabaseName: catalogDatabase,
        TableInput: {
          Name,
          PartitionKeys: [{ Name: 'event_date', Type: 'date' }],
          StorageDescriptor: {
            Location: `s3://lake/${Name}/`,
            Columns: [{ Name: 'location', Type: 'string' }],
            InputFormat: 'a.format',
          },
        },
      }),
    );
});
afterAll(() => glue.destroy());

test('a partition is created, then moved, and copies everything but its location from its table', async () => {
  const movePartition = openCatalog({ catalogDatabase, lakeBucket: 'lake' });
  const runsInCatalog = openExpireCatalog(catalogDatabase);
  expect(await runsInCatalog(day)).toEqual([]);
  await movePartition({ table: 'daily_weather', day, prefix: `daily/event_date=${day}/run=r1/` });
  await movePartition({ table: 'curated_observations', day, prefix: `curated/event_date=${day}/run=r1/` });
  await movePartition({ table: 'daily_weather', day, prefix: `daily/event_date=${day}/run=r2/` });
  const asked = { DatabaseName: catalogDatabase, TableName: 'daily_weather', PartitionValues: [day] };
  const { Partition } = await glue.send(new GetPartitionCommand(asked));
  expect(Partition?.StorageDescriptor).toMatchObject({
    Location: `s3://lake/daily/event_date=${day}/run=r2/`,
    Columns: [{ Name: 'location', Type: 'string' }],
    InputFormat: 'a.format',
  });
  // The tables point to different runs: neither may expire.
  expect(await runsInCatalog(day)).toEqual(['r1', 'r2']);
});

test('the error for a missing table names it', async () => {
  const movePartition = openCatalog({ catalogDatabase, lakeBucket: 'lake' });
  const moving = movePartition({ table: 'nowhere', day, prefix: 'daily/' });
  await expect(moving).rejects.toThrow(`Moving partition ${day} of table nowhere to s3://lake/daily/ failed`);
});
