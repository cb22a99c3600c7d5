import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import type { GoldenRow, Ports } from './compare-models.ts';

const prefix = 'models/fraud/';

/** The models of the lake. */
export function modelLake(
  s3: S3Client,
  bucket: string,
): Pick<Ports, 'readModel' | 'readGolden' | 'readPointer'> {
  const read = async (key: string): Promise<{ text: string; eTag: string } | undefined> => {
    try {
      const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return { text: (await Body?.transformToString()) ?? '', eTag: ETag ?? '' };
    } catch (cause) {
      if (cause instanceof NoSuchKey) return undefined;
      throw new Error(`Reading s3://${bucket}/${key} failed`, { cause });
    }
  };

  const readFile = async (version: string, name: string): Promise<string> => {
    const key = `${prefix}${version}/${name}`;
    const found = await read(key);
    if (!found) throw new Error(`There is no s3://${bucket}/${key}`);
    return found.text;
  };

  return {
    readModel: (version) => readFile(version, 'model.json'),
    readGolden: async (version) => goldenRows(version, JSON.parse(await readFile(version, 'golden.json'))),
    async readPointer() {
      const pointer = await read(`${prefix}current`);
      if (!pointer) return undefined;
      const { version } = Object(JSON.parse(pointer.text)) as { version?: unknown };
      if (typeof version !== 'string')
        throw new Error(`${prefix}current: found ${pointer.text.slice(0, 60)}, expected {"version": "…"}`);
      return { version, eTag: pointer.eTag };
    },
  };
}

/** The features are those that models are trained on: what a model makes of others is told by the score. */
function goldenRows(version: string, json: unknown): GoldenRow[] {
  const isRow = (row: unknown): row is GoldenRow => {
    const { features, score } = Object(row) as Record<string, unknown>;
    return typeof features === 'object' && features !== null && typeof score === 'number';
  };
  if (Array.isArray(json) && json.every(isRow)) return json;
  throw new Error(`golden.json of ${version}: expected a list of {"features": {…}, "score": …}`);
}
