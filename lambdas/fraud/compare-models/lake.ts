import { type BucketOptions, openBucket } from '../../shared/aws/bucket.ts';
import { maxModelBytes } from '../score-transaction/model.ts';
import { currentModelKey, modelFileKey, pointerFrom } from '../shared/model-version.ts';
import type { GoldenRow, Ports } from './compare-models.ts';

/** Reads the models in the lake. */
export function modelLake(
  bucket: string,
  options: Pick<BucketOptions, 'client'> = {},
): Pick<Ports, 'readModel' | 'readGolden' | 'readPointer'> {
  const lake = openBucket(bucket, { ...options, maxBytes: maxModelBytes });
  const readFile = (version: string, file: 'model.json' | 'golden.json') =>
    lake.read(modelFileKey(version, file));
  return {
    readModel: (version) => readFile(version, 'model.json'),
    readGolden: async (version) => goldenRows(version, JSON.parse(await readFile(version, 'golden.json'))),
    async readPointer() {
      const pointer = await lake.find(currentModelKey);
      return pointer && { ...pointerFrom(pointer.text, currentModelKey), eTag: pointer.eTag };
    },
  };
}

/** Checks the shape of rows only. Wrong features show as a score that differs from the trainer's. */
function goldenRows(version: string, json: unknown): GoldenRow[] {
  const isRow = (row: unknown): row is GoldenRow => {
    const { features, score } = Object(row) as Record<string, unknown>;
    return typeof features === 'object' && features !== null && typeof score === 'number';
  };
  if (Array.isArray(json) && json.every(isRow)) return json;
  throw new Error(`golden.json of ${version}: expected a list of {"features": {…}, "score": …}`);
}
