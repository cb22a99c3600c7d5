import type { S3Client } from '@aws-sdk/client-s3';
import type { CurrentModelOptions } from './current-model.ts';

const prefix = 'models/fraud/';
const maxModelBytes = 16 * 1024 * 1024;

/** A connection that died while the function was frozen says nothing: without these a request over it never ends. */
const timeouts = {
  connectionTimeout: 1_000,
  requestTimeout: 3_000,
  throwOnRequestTimeout: true,
  /** Without a byte for so long, in the midst of an answer. */
  socketTimeout: 3_000,
};

type ModelLake = Pick<CurrentModelOptions, 'currentVersion' | 'readModel'>;

/** The models as train_fraud_model.py leaves them: a folder a version, and an object that names the current one. */
export function openModelLake({ bucket }: { readonly bucket: string }): ModelLake {
  let client: S3Client | undefined;

  const read = async (key: string): Promise<string | undefined> => {
    const { GetObjectCommand, NoSuchKey, S3Client } = await import('@aws-sdk/client-s3');
    client ??= new S3Client({ requestHandler: timeouts, maxAttempts: 2 });
    try {
      const { Body, ContentLength = 0 } = await client.send(
        new GetObjectCommand({ Bucket: bucket, Key: key }),
      );
      if (ContentLength > maxModelBytes) throw new Error(`it has ${ContentLength} bytes`);
      return await Body?.transformToString();
    } catch (cause) {
      if (cause instanceof NoSuchKey) return undefined;
      throw new Error(`Reading s3://${bucket}/${key} failed`, { cause });
    }
  };

  return {
    async currentVersion() {
      const text = await read(`${prefix}current`);
      return text === undefined ? undefined : versionIn(text);
    },
    async readModel(version) {
      const key = `${prefix}${version}/model.json`;
      const text = await read(key);
      if (text === undefined) throw new Error(`There is no s3://${bucket}/${key}, though it is current`);
      return text;
    },
  };
}

/** It becomes part of a key. */
const versionShape = /^[A-Za-z0-9._:-]{1,64}$/;

function versionIn(text: string): string {
  const current: unknown = JSON.parse(text);
  const version = typeof current === 'object' && current !== null && 'version' in current && current.version;
  if (typeof version !== 'string' || !versionShape.test(version))
    throw new Error(`${prefix}current: found ${text.slice(0, 60)}, expected {"version": "…"}`);
  return version;
}
