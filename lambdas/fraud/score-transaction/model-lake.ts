import { openBucket } from '../../shared/aws/bucket.ts';
import { challengerModelKey, currentModelKey, modelFileKey, versionFrom } from '../shared/model-version.ts';
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

interface ModelLake extends Pick<CurrentModelOptions, 'currentVersion' | 'readModel'> {
  /** The version that scores in shadow; undefined when none does. */
  readonly challengerVersion: () => Promise<string | undefined>;
}

/** Reads the models of the lake as train_fraud_model.py and promote-model write them. */
export function openModelLake({ bucket }: { readonly bucket: string }): ModelLake {
  const lake = openBucket(bucket, {
    client: { requestHandler: timeouts, maxAttempts: 2 },
    maxBytes: maxModelBytes,
  });
  const versionAt = async (key: string) => {
    const pointer = await lake.find(key);
    return pointer && versionFrom(pointer.text, key);
  };
  return {
    currentVersion: () => versionAt(currentModelKey),
    challengerVersion: () => versionAt(challengerModelKey),
    readModel: (version) => lake.read(modelFileKey(version, 'model.json')),
  };
}
