import type { Database } from '../../shared/postgres/database.ts';
import type { Published, RepeatedRows, SummaryLine } from './report-day.ts';

export const reportTables = ({ query }: Pick<Database, 'query'>) => ({
  /** One line per location, the locations with the most observations first. */
  async readSummary(day: string): Promise<SummaryLine[]> {
    const rows = await query<SummaryLine & { observations: string; alerts: string }>(
      `select location, observations, temperature_c_min as "minC", temperature_c_mean as "meanC",
              temperature_c_max as "maxC", rain_hours as "rainHours", hours_seen as "hoursSeen", alerts
         from daily_weather_summary
        where day = $1
        order by observations desc, location`,
      [day],
    );
    return rows.map((row) => ({
      ...row,
      observations: Number(row.observations),
      alerts: Number(row.alerts),
    }));
  },

  /** The run reads the lake no more: small objects may be merged again. */
  async endLakeRead(runId: string): Promise<void> {
    await query('delete from lake_reads where run_id = $1', [runId]);
  },

  /** One entry per file, those with the most conflicts first. */
  async readRepeated(day: string): Promise<RepeatedRows[]> {
    const rows = await query<{ file_name: string | null; same_values: string; other_values: string }>(
      `select coalesce(f.key, m.key, nullif(d.source, '')) as file_name, d.same_values, d.other_values
         from day_files d
         left join ingested_files f on f.source = d.source
         left join archive_members m on m.source = d.source
        where d.day = $1 and d.same_values + d.other_values > 0
        order by d.other_values desc, d.same_values desc, 1`,
      [day],
    );
    return rows.map(({ file_name: fileName, same_values, other_values }) => {
      return { fileName, sameValues: Number(same_values), otherValues: Number(other_values) };
    });
  },

  async readPublished(day: string): Promise<Published | undefined> {
    const [row] = await query<{ revision: number; in_catalog: boolean }>(
      'select revision, catalog_published_at is not null as in_catalog from published_days where day = $1',
      [day],
    );
    return row && { revision: row.revision, inCatalog: row.in_catalog };
  },
});
