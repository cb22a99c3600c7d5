import type { S3Client } from '@aws-sdk/client-s3';
import { removeObjects } from '../../shared/aws/remove-objects.ts';
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
    `${alertCounts}${run}.jsonl`,
  ];
};

export function openLake(Bucket: string): Pick<Ports, 'runsOf' | 'removeFiles'> {
  let client: S3Client | undefined;

  return {
    async runsOf(day) {
      const { S3Client, paginateListObjectsV2 } = await loadSdk();
      client ??= new S3Client();
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
      const { S3Client, paginateListObjectsV2 } = await loadSdk();
      client ??= new S3Client();
      let files = 0;
      for (const Prefix of prefixesOf(run))
        for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
          const keys = Contents.flatMap(({ Key }) => Key ?? []);
          await removeObjects(client, Bucket, keys);
          files += keys.length;
        }
      return files;
    },
  };
}

/** Loaded on first use: the SDK takes longer to load than the rest of the function. */
const loadSdk = () => import('@aws-sdk/client-s3');
