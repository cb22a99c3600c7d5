import { openBucket } from '../../shared/aws/bucket.ts';
import { remember } from '../../shared/aws/remember.ts';
import { publishedTables } from '../shared/published-tables.ts';
import type { Ports, Run } from './expire-superseded-runs.ts';

const { curated_observations: curated, daily_weather: summaries } = publishedTables;

/** The workflow writes here before the job starts: a run whose job failed may have no other file. */
const alertCounts = 'daily/alert_counts/';

/** All prefixes and keys that the workflow writes for a run. */
const prefixesOf = ({ day, runId }: Run): string[] => {
  const run = `event_date=${day}/run=${runId}`;
  return [
    `${curated}${run}/`,
    `${summaries}${run}/`,
    `daily/loads/${run}/`,
    `daily/reports/${run}.json`,
    `daily/files/${run}/`,
    `daily/versions/${run}.jsonl`,
    `${alertCounts}${run}.jsonl`,
  ];
};

export function openLake(Bucket: string): Pick<Ports, 'runsOf' | 'removeFiles'> {
  const { remove } = openBucket(Bucket);

  return {
    async runsOf(day) {
      const { client, paginateListObjectsV2 } = await connection.get();
      const runs = new Set<string>();
      for (const folder of [curated, alertCounts]) {
        const Prefix = `${folder}event_date=${day}/run=`;
        const pages = paginateListObjectsV2({ client }, { Bucket, Prefix, Delimiter: '/' });
        for await (const { CommonPrefixes = [], Contents = [] } of pages) {
          const names = [...CommonPrefixes.map(({ Prefix }) => Prefix), ...Contents.map(({ Key }) => Key)];
          for (const name of names) runs.add(name?.slice(Prefix.length).replace(/\/$|\.jsonl$/, '') ?? '');
        }
      }
      return [...runs];
    },

    async removeFiles(run) {
      const { client, paginateListObjectsV2 } = await connection.get();
      let files = 0;
      for (const Prefix of prefixesOf(run))
        for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
          const keys = Contents.flatMap(({ Key }) => Key ?? []);
          await remove(keys);
          files += keys.length;
        }
      return files;
    },
  };
}

const connection = remember(async () => {
  const { paginateListObjectsV2, S3Client } = await import('@aws-sdk/client-s3');
  return { client: new S3Client(), paginateListObjectsV2 };
});
