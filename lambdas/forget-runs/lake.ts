import type { S3Client } from '@aws-sdk/client-s3';
import { publishedTables } from '../shared/published-tables.ts';
import type { Ports, Run } from './forget-runs.ts';

const { curated_observations: curated, daily_weather: summaries } = publishedTables;

/** What the workflow writes of a run; the job writes the first of them first. */
const placesOf = ({ day, runId }: Run): string[] => {
  const run = `event_date=${day}/run=${runId}`;
  return [
    `${curated}${run}/`,
    `${summaries}${run}/`,
    `daily/loads/${run}/`,
    `daily/reports/${run}.json`,
    `daily/alert_counts/${run}.jsonl`,
  ];
};

export function openLake(Bucket: string): Pick<Ports, 'runsOf' | 'removeFiles'> {
  let client: S3Client | undefined;

  return {
    async runsOf(day) {
      const { S3Client, paginateListObjectsV2 } = await loadSdk();
      client ??= new S3Client();
      const Prefix = `${curated}event_date=${day}/run=`;
      const runs: string[] = [];
      for await (const { CommonPrefixes = [] } of paginateListObjectsV2(
        { client },
        { Bucket, Prefix, Delimiter: '/' },
      ))
        runs.push(...CommonPrefixes.map(({ Prefix: folder = '' }) => folder.slice(Prefix.length, -1)));
      return runs;
    },

    async removeFiles(run) {
      const { DeleteObjectsCommand, S3Client, paginateListObjectsV2 } = await loadSdk();
      client ??= new S3Client();
      let files = 0;
      for (const Prefix of placesOf(run))
        for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix })) {
          if (Contents.length === 0) continue;
          const Objects = Contents.map(({ Key }) => ({ Key }));
          const { Errors: [error] = [] } = await client.send(
            new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
          );
          if (error) throw new Error(`Removing s3://${Bucket}/${error.Key} failed: ${error.Message}`);
          files += Contents.length;
        }
      return files;
    },
  };
}

/** Not part of the cold start: the SDK takes longer to load than all the rest of the function. */
const loadSdk = () => import('@aws-sdk/client-s3');
