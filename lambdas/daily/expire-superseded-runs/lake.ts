import type { S3Client } from '@aws-sdk/client-s3';
import { removeObjects } from '../../shared/aws/remove-objects.ts';
import { publishedTables } from '../shared/published-tables.ts';
import type { Ports, Run } from './expire-superseded-runs.ts';

const { curated_observations: curated, daily_weather: summaries } = publishedTables;

/** Written before the job starts, and so all there is of a run whose job failed. */
const alertCounts = 'daily/alert_counts/';

/** What the workflow writes of a run. */
const placesOf = ({ day, runId }: Run): string[] => {
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
        for await (const { CommonPrefixes = [], Contents = [] } of paginateListObjectsV2(
          { client },
          { Bucket, Prefix, Delimiter: '/' },
        ))
          for (const name of [
            ...CommonPrefixes.map(({ Prefix }) => Prefix),
            ...Contents.map(({ Key }) => Key),
          ])
            runs.add(name?.slice(Prefix.length).replace(/\/$|\.jsonl$/, '') ?? '');
      }
      return [...runs];
    },

    async removeFiles(run) {
      const { S3Client, paginateListObjectsV2 } = await loadSdk();
      client ??= new S3Client();
      let files = 0;
      for (const Prefix of placesOf(run))
        for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
          const keys = Contents.flatMap(({ Key }) => Key ?? []);
          await removeObjects(client, Bucket, keys);
          files += keys.length;
        }
      return files;
    },
  };
}

/** Not part of the cold start: the SDK takes longer to load than all the rest of the function. */
const loadSdk = () => import('@aws-sdk/client-s3');
