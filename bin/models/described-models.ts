import { ListObjectsV2Command, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { maxModelBytes } from '../../lambdas/fraud/score-transaction/model.ts';
import { readScorer } from '../../lambdas/fraud/score-transaction/read-scorer.ts';
import shipped from '../../lambdas/fraud/score-transaction/shipped-model/model.json' with { type: 'json' };
import { modelFileKey } from '../../lambdas/fraud/shared/model-version.ts';
import { openBucket } from '../../lambdas/shared/aws/bucket.ts';

/** What model.json says of a model beside its trees. What it does not say, or not well, is null. */
export interface DescribedModel {
  readonly version: string;
  /** Why the functions would refuse the model. */
  readonly problem: string | null;
  readonly trainedAt: string | null;
  readonly threshold: number | null;
  readonly rows: number | null;
  readonly f1: number | null;
  readonly calibration: unknown;
  readonly metrics: unknown;
  readonly dataHash: string | null;
  /** Where the report of the training is; null for a model without one. */
  readonly report: string | null;
}

const keyShape = /^models\/fraud\/([^/]+)\/model\.json$/;

/** Where the report of a version is. The shipped model's is not in the lake. */
export type WhereReport = (version: string, isShipped: boolean) => string;

/** All models: that of the code first, then those of the lake, the oldest first. */
export async function describedModels(
  bucket: string,
  client: S3ClientConfig,
  whereReport: WhereReport,
): Promise<DescribedModel[]> {
  const sizes = await sizesOf(bucket, client);
  const lake = openBucket(bucket, { client });
  const trained = await Promise.all(
    [...sizes].flatMap(([key, bytes]) => {
      const [, version] = keyShape.exec(key) ?? [];
      if (version === undefined) return [];
      const report = sizes.has(modelFileKey(version, 'report.html')) ? whereReport(version, false) : null;
      return bytes > maxModelBytes
        ? tooLarge(version, bytes, report)
        : lake.read(key).then((text) => describeModel(version, text, report));
    }),
  );
  const inCode = describeModel(shipped.version, JSON.stringify(shipped), whereReport(shipped.version, true));
  return [inCode, ...trained.sort((a, b) => ((a.trainedAt ?? '') < (b.trainedAt ?? '') ? -1 : 1))];
}

/** The sizes in bytes of the files of all models, by their keys. */
async function sizesOf(bucket: string, client: S3ClientConfig): Promise<Map<string, number>> {
  const s3 = new S3Client(client);
  const sizes = new Map<string, number>();
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: bucket, Prefix: 'models/fraud/', ContinuationToken: token }),
    );
    for (const { Key, Size = 0 } of page.Contents ?? []) if (Key !== undefined) sizes.set(Key, Size);
    token = page.NextContinuationToken;
  } while (token !== undefined);
  s3.destroy();
  return sizes;
}

/** Describes a model that is not read, because no function reads it either. */
export const tooLarge = (version: string, bytes: number, report: string | null): DescribedModel => ({
  ...describeModel(version, '{}', report),
  problem: `model.json: found ${bytes} bytes, expected at most ${maxModelBytes}`,
});

/** Describes the model of a folder by its model.json, which anybody may have put there. */
export function describeModel(version: string, text: string, report: string | null): DescribedModel {
  const { trainedAt, threshold, trainingRows, calibration, metrics, dataHash } = fieldsOf(parsed(text));
  return {
    version,
    problem: problemOf(version, text),
    trainedAt: typeof trainedAt === 'string' && !Number.isNaN(Date.parse(trainedAt)) ? trainedAt : null,
    threshold: numberOf(threshold),
    rows: numberOf(trainingRows),
    f1: numberOf(fieldsOf(fieldsOf(metrics).training).f1),
    calibration: calibration ?? null,
    metrics: metrics ?? null,
    dataHash: typeof dataHash === 'string' ? dataHash : null,
    report,
  };
}

function problemOf(version: string, text: string): string | null {
  try {
    readScorer(version, text);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

const fieldsOf = (value: unknown) => Object(value) as Readonly<Record<string, unknown>>;
const numberOf = (value: unknown) => (typeof value === 'number' ? value : null);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
