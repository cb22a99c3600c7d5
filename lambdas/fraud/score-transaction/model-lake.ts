import type { S3Client } from '@aws-sdk/client-s3';
import { type ModelObject, readModelObject } from '../shared/model-object.ts';
import { currentModelKey, currentVersionFrom, modelFileKey } from '../shared/model-version.ts';
import type { CurrentModelOptions } from './current-model.ts';

const maxModelBytes = 16 * 1024 * 1024;

/**
 * Without timeouts, a request would wait for ever on a connection that died while the function was frozen.
 */
const timeouts = {
  connectionTimeout: 1_000,
  requestTimeout: 3_000,
  throwOnRequestTimeout: true,
  /** Longest time without a byte in the middle of a response. */
  socketTimeout: 3_000,
};

type ModelLake = Pick<CurrentModelOptions, 'currentVersion' | 'readModel'>;

/** Reads the models of the lake as train_fraud_model.py and promote-model write them. */
export function openModelLake({ bucket }: { readonly bucket: string }): ModelLake {
  let client: S3Client | undefined;

  const read = async (key: string): Promise<ModelObject | undefined> => {
    const { S3Client } = await import('@aws-sdk/client-s3');
    client ??= new S3Client({ requestHandler: timeouts, maxAttempts: 2 });
    return readModelObject(client, bucket, key, maxModelBytes);
  };

  return {
    async currentVersion() {
      const pointer = await read(currentModelKey);
      return pointer && currentVersionFrom(pointer.text);
    },
    async readModel(version) {
      const key = modelFileKey(version, 'model.json');
      const model = await read(key);
      if (!model)
        throw new Error(`There is no object s3://${bucket}/${key}, but ${currentModelKey} names it`);
      return model.text;
    },
  };
}
