import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { parquetReadObjects } from 'hyparquet';
import pg from 'pg';
import { counters } from '../../../lambdas/shared/metrics/metrics.ts';
import type { Endpoints } from '../../../localstack/endpoints.ts';
import { localAccount } from '../../../localstack/platform/local-account.ts';
import { type DeadLetter, originOf } from './dead-letters.ts';
import { watchCounters } from './watched.ts';

/** The identities found in the stores. A duplicate is listed twice. */
export interface Observed {
  readonly landed: readonly LandedRow[];
  /**
   * `<object key>:<line>` of each error row with a source line, without dead letters of discarded batches.
   */
  readonly errors: readonly string[];
  /** The dead letters of discarded batches, and the ids of the redriven ones. */
  readonly deadLetters: readonly DeadLetter[];
  readonly redriven: readonly string[];
  /** `<origin>@<consumer>` of each record in a discarded batch. */
  readonly discarded: readonly string[];
  /** `errors`, as found in the lake. */
  readonly errorEvents: readonly string[];
  /** Identities in the format of `watchAll`. */
  readonly windows: readonly string[];
  readonly alerts: readonly string[];
  readonly counters: readonly string[];
  /** What land-observations counts, by partition. */
  readonly landedCounters: readonly string[];
  /** Identities in the format of `countAll`. */
  readonly predictions: readonly string[];
  readonly scoredCounters: readonly string[];
  readonly histograms: readonly string[];
  /** The alert and error rows to report to Slack, in the format of `reportedRows`. */
  readonly reportable: readonly string[];
}

interface LandedRow {
  /** `<source>:<line>`; undefined for a redriven record. */
  readonly row: string | undefined;
  readonly partition: number;
  /** `topic/partition/offset` of its record in weather-data. */
  readonly origin: string;
}

const isoSeconds = (column: string) => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS')`;

const reportable = `
  select 'alert ' || alert_id as id from weather_alerts
   union all
  select 'error ' || id from error_weather_data`;

/** Reads the stores directly, not through the platform's own queries. */
export async function observe(endpoints: Endpoints): Promise<Observed> {
  const client = new pg.Client({ connectionString: endpoints.postgresUrl });
  const s3 = new S3Client({ ...localAccount(endpoints), forcePathStyle: true });
  const objects = (prefix: string) => objectsUnder(s3, endpoints.lakeBucket, prefix);
  await client.connect();
  try {
    const ids = async (sql: string) => (await client.query<{ id: string }>(sql)).rows.map(({ id }) => id);
    return {
      landed: await landedRows(objects('raw/observations/')),
      errorEvents: await errorLines(objects('errors/')),
      errors: await ids(
        `select file_name || ':' || line_number as id
           from error_weather_data
          where line_number is not null and error_type <> 'BATCH_FAILED'`,
      ),
      deadLetters: (
        await client.query<DeadLetter>(
          `select id, concat_ws('/', topic, partition, "offset") as origin, failed_in as "failedIn",
                  file_name || ':' || line_number as row
             from error_weather_data
            where error_type = 'BATCH_FAILED'`,
        )
      ).rows,
      redriven: await ids(
        `select id from error_weather_data where error_type = 'BATCH_FAILED' and processing_status = 'REDRIVEN'`,
      ),
      discarded: await ids(
        `select origin as id from applied_origins where consumer = 'record-failed-batches'`,
      ),
      windows: await ids(
        `select concat_ws(' ', location, ${isoSeconds('window_start')}, count, late_count, anomaly_count,
                          temperature_c_min, temperature_c_max, humidity_pct_min, humidity_pct_max,
                          precipitation_mm_min, precipitation_mm_max, wind_speed_kmh_min, wind_speed_kmh_max) as id
           from weather_windows`,
      ),
      alerts: await ids(
        `select concat_ws(' ', alert_type, location, ${isoSeconds('event_time')}) as id from weather_alerts`,
      ),
      counters: await ids(countersNamed(watchCounters)),
      landedCounters: await ids(countersNamed([counters.weatherLandedRows.name])),
      predictions: await ids(
        `select transaction_id || case when fraud then ' fraud' else ' legitimate' end as id from predictions`,
      ),
      scoredCounters: await ids(
        `select concat_ws(' ', name, labels ->> 'outcome', labels ->> 'partition', value) as id
           from metric_counters
          where name = '${counters.fraudTransactions.name}' and value > 0`,
      ),
      histograms: await ids(
        `select concat_ws(' ', model_version, feature, ${isoSeconds('window_start')}, partition,
                          missing + (select sum(count) from unnest(counts) as count)) as id
           from feature_histograms`,
      ),
      reportable: await ids(reportable),
    };
  } finally {
    await client.end();
    s3.destroy();
  }
}

const countersNamed = (names: readonly string[]) =>
  `select name || '{partition="' || (labels ->> 'partition') || '"} ' || value as id
     from metric_counters
    where name in (${names.map((name) => `'${name}'`).join(', ')}) and value > 0`;

async function landedRows(objects: AsyncIterable<Uint8Array>): Promise<LandedRow[]> {
  const landed: LandedRow[] = [];
  for await (const body of objects) {
    const rows = await parquetReadObjects({
      file: new Uint8Array(body).buffer,
      columns: ['source', 'row', '_partition', '_offset'],
      compressors: { ZSTD: (input) => zstdDecompressSync(input) },
    });
    for (const { source, row, _partition, _offset } of rows)
      landed.push({
        row: source === null ? undefined : `${source}:${row}`,
        partition: _partition,
        origin: originOf(_partition, Number(_offset)),
      });
  }
  return landed;
}

async function errorLines(objects: AsyncIterable<Uint8Array>): Promise<string[]> {
  const ids: string[] = [];
  for await (const body of objects)
    for (const line of gunzipSync(body).toString().split('\n')) {
      const { file_name, line_number } = JSON.parse(line);
      if (line_number !== null) ids.push(`${file_name}:${line_number}`);
    }
  return ids;
}

async function* objectsUnder(s3: S3Client, Bucket: string, Prefix: string): AsyncIterable<Uint8Array> {
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix }))
    for (const { Key } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      yield (await Body?.transformToByteArray()) ?? new Uint8Array();
    }
}
