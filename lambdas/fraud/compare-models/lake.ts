import type { S3Client } from '@aws-sdk/client-s3';
import { readModelObject } from '../shared/model-object.ts';
import { currentModelKey, currentVersionFrom, modelFileKey } from '../shared/model-version.ts';
import type { GoldenRow, Ports } from './compare-models.ts';

/** Reads the models in the lake. */
export function modelLake(
  s3: S3Client,
  bucket: string,
): Pick<Ports, 'readModel' | 'readGolden' | 'readPointer'> {
  const readFile = async (version: string, file: 'model.json' | 'golden.json'): Promise<string> => {
    const key = modelFileKey(version, file);
    const found = await readModelObject(s3, bucket, key);
    if (!found) throw new Error(`There is no object s3://${bucket}/${key}`);
    return found.text;
  };

  return {
    readModel: (version) => readFile(version, 'model.json'),
    readGolden: async (version) => goldenRows(version, JSON.parse(await readFile(version, 'golden.json'))),
    async readPointer() {
      const pointer = await readModelObject(s3, bucket, currentModelKey);
      return pointer && { version: currentVersionFrom(pointer.text), eTag: pointer.eTag };
    },
  };
}

/** Checks the shape of rows only. Wrong features show as a score that differs from Spark's. */
function goldenRows(version: string, json: unknown): GoldenRow[] {
  const isRow = (row: unknown): row is GoldenRow => {
    const { features, score } = Object(row) as Record<string, unknown>;
    return typeof features === 'object' && features !== null && typeof score === 'number';
  };
  if (Array.isArray(json) && json.every(isRow)) return json;
  throw new Error(`golden.json of ${version}: expected a list of {"features": {…}, "score": …}`);
}
