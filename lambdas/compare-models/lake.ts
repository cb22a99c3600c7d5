import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import type { Ports } from './compare-models.ts';

const prefix = 'models/fraud/';

/** The models of the lake. */
export function modelLake(s3: S3Client, bucket: string): Pick<Ports, 'readModel' | 'readPointer'> {
  const read = async (key: string): Promise<{ text: string; eTag: string } | undefined> => {
    try {
      const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return { text: (await Body?.transformToString()) ?? '', eTag: ETag ?? '' };
    } catch (cause) {
      if (cause instanceof NoSuchKey) return undefined;
      throw new Error(`Reading s3://${bucket}/${key} failed`, { cause });
    }
  };

  return {
    async readModel(version) {
      const key = `${prefix}${version}/model.json`;
      const found = await read(key);
      if (!found) throw new Error(`There is no s3://${bucket}/${key}`);
      return found.text;
    },
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
