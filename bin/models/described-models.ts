import { ListObjectsV2Command, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import shipped from '../../lambdas/fraud/score-transaction/shipped-model/model.json' with { type: 'json' };
import { openBucket } from '../../lambdas/shared/aws/bucket.ts';

/** What model.json says of a model beside its trees. */
export interface DescribedModel {
  readonly version: string;
  readonly trainedAt: string;
  readonly threshold: number;
  readonly rows: number;
  readonly f1: number | null;
  readonly calibration: unknown;
  readonly metrics: unknown;
  readonly dataHash: string;
}

type File = typeof shipped;

const described = ({
  version,
  trainedAt,
  threshold,
  trainingRows,
  calibration,
  metrics,
  dataHash,
}: File) => ({
  version,
  trainedAt,
  threshold,
  rows: trainingRows,
  f1: metrics.training.f1,
  calibration,
  metrics,
  dataHash,
});

const modelKey = /^models\/fraud\/[^/]+\/model\.json$/;

/** All models: that of the code first, then those of the lake, the oldest first. */
export async function describedModels(bucket: string, client: S3ClientConfig): Promise<DescribedModel[]> {
  const s3 = new S3Client(client);
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: 'models/fraud/', ContinuationToken: token }),
    );
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key && modelKey.test(Key) ? Key : [])));
    token = page.NextContinuationToken;
  } while (token !== undefined);
  const lake = openBucket(bucket, { client });
  const trained = await Promise.all(keys.map(async (key) => described(JSON.parse(await lake.read(key)))));
  return [described(shipped), ...trained.sort((a, b) => (a.trainedAt < b.trainedAt ? -1 : 1))];
}
