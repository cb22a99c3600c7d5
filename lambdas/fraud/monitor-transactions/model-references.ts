import type { S3Client } from '@aws-sdk/client-s3';
import type { Log } from '../../shared/aws/log.ts';
import { BadRecord } from '../../shared/failures/failures.ts';
import shippedReference from '../score-transaction/shipped-model/reference.json' with { type: 'json' };
import { type ModelReference, modelReferenceFrom } from '../shared/model-reference.ts';

export interface ReferencesOptions {
  readonly bucket: string;
  readonly log: Log;
}

/**
 * Finds the reference of a model: that of the shipped one in the code, any other in the lake. What was found is remembered, for
 * it never changes. Undefined, with a line in the log, for one that is not there or cannot be read: that is no reason to hold back
 * transactions. Throws when S3 does not answer.
 */
export function modelReferences({ bucket, log }: ReferencesOptions) {
  const shipped = modelReferenceFrom(shippedReference);
  const known = new Map([[shipped.version, shipped]]);
  let client: S3Client | undefined;

  const fetchReference = async (version: string): Promise<ModelReference | undefined> => {
    const { GetObjectCommand, NoSuchKey, S3Client } = await import('@aws-sdk/client-s3');
    client ??= new S3Client();
    const key = `models/fraud/${version}/reference.json`;
    const where = `s3://${bucket}/${key}`;
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      const reference = modelReferenceFrom(JSON.parse((await Body?.transformToString()) ?? ''));
      if (reference.version !== version)
        throw new BadRecord('RANGE_ERROR', `version: found ${reference.version}, expected ${version}`);
      return reference;
    } catch (error) {
      if (!(error instanceof NoSuchKey || error instanceof BadRecord || error instanceof SyntaxError))
        throw new Error(`Reading ${where} failed`, { cause: error });
      log.error('no reference of a model', { where, error });
      return undefined;
    }
  };

  return async (version: string): Promise<ModelReference | undefined> => {
    const reference = known.get(version) ?? (await fetchReference(version));
    if (reference) known.set(version, reference);
    return reference;
  };
}
