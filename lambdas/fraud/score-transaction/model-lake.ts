import { openBucket } from '../../shared/aws/bucket.ts';
import { modelFileKey, versionFrom } from '../shared/model-version.ts';
import { maxModelBytes } from './model.ts';

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

/**
 * Reads the models of the lake as train_fraud_model.py and promote-model write them.
 * @param pointer key of the object that names a version: `currentModelKey` or `challengerModelKey`
 */
export function openModelLake({ bucket, pointer }: { readonly bucket: string; readonly pointer: string }) {
  const lake = openBucket(bucket, {
    client: { requestHandler: timeouts, maxAttempts: 2 },
    maxBytes: maxModelBytes,
  });
  return {
    /** Undefined when the pointer names none. */
    namedVersion: async (): Promise<string | undefined> => {
      const object = await lake.find(pointer);
      return object && versionFrom(object.text, pointer);
    },
    /** The text of model.json. */
    readModel: (version: string) => lake.read(modelFileKey(version, 'model.json')),
  };
}
