import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { parquetReadObjects } from 'hyparquet';
import pg from 'pg';
import type { Endpoints } from '../../../localstack/endpoints.ts';
import { localAccount } from '../../../localstack/local-account.ts';

/** Identities of what is there, as often as it is there. */
export interface Observed {
  /** `<object key>@<ETag>:<line>` of each row of the lake. */
  readonly landed: readonly string[];
  /** `<object key>:<line>` of each error row that names a line of a file. */
  readonly errors: readonly string[];
  readonly alerts: readonly string[];
  /** Alerts and errors that Slack was not told of. */
  readonly untold: readonly string[];
}

/** Reads the stores themselves, and not what the platform says of them. */
export async function observe(endpoints: Endpoints): Promise<Observed> {
  const client = new pg.Client({ connectionString: endpoints.postgresUrl });
  await client.connect();
  try {
    const ids = async (sql: string) => (await client.query<{ id: string }>(sql)).rows.map(({ id }) => id);
    return {
      landed: await landedRows(endpoints),
      errors: await ids(
        `select file_name || ':' || line_number as id from error_weather_data where line_number is not null`,
      ),
      alerts: await ids(
        `select concat_ws(' ', alert_type, location, to_char(event_time, 'YYYY-MM-DD HH24:MI:SS')) as id
           from weather_alerts`,
      ),
      untold: await ids(
        `select 'alert ' || alert_id as id from weather_alerts where not slack_sent
          union all
         select 'error ' || id from error_weather_data where not slack_sent`,
      ),
    };
  } finally {
    await client.end();
  }
}

async function landedRows(endpoints: Endpoints): Promise<string[]> {
  const s3 = new S3Client({ ...localAccount(endpoints), forcePathStyle: true });
  const Bucket = endpoints.lakeBucket;
  const ids: string[] = [];
  try {
    for await (const { Contents = [] } of paginateListObjectsV2(
      { client: s3 },
      { Bucket, Prefix: 'raw/observations/' },
    )) {
      for (const { Key } of Contents) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
        const rows = await parquetReadObjects({
          file: new Uint8Array((await Body?.transformToByteArray()) ?? []).buffer,
          columns: ['source', 'row'],
          compressors: { GZIP: (input) => gunzipSync(input) },
        });
        for (const { source, row } of rows) ids.push(`${source}:${row}`);
      }
    }
    return ids;
  } finally {
    s3.destroy();
  }
}
