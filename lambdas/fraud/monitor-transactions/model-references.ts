import { openBucket } from '../../shared/aws/bucket.ts';
import type { Log } from '../../shared/aws/log.ts';
import { BadRecord } from '../../shared/failures/failures.ts';
import shippedReference from '../score-transaction/shipped-model/reference.json' with { type: 'json' };
import { type ModelReference, modelReferenceFrom } from '../shared/model-reference.ts';
import { modelFileKey } from '../shared/model-version.ts';

export interface ReferencesOptions {
  readonly bucket: string;
  readonly log: Log;
}

/**
 * Finds the reference of a model: the shipped model's in the code, any other in the lake. References never
 * change, so each is read once. A missing or broken reference is logged and returned as undefined, so that it
 * does not hold back transactions.
 * @throws Error when S3 fails
 */
export function modelReferences({ bucket, log }: ReferencesOptions) {
  const shipped = modelReferenceFrom(shippedReference);
  const known = new Map([[shipped.version, shipped]]);
  const lake = openBucket(bucket);

  const fetchReference = async (version: string): Promise<ModelReference | undefined> => {
    const key = modelFileKey(version, 'reference.json');
    const object = await lake.find(key);
    try {
      return parseReference(version, object?.text);
    } catch (error) {
      if (!(error instanceof BadRecord || error instanceof SyntaxError)) throw error;
      log.error('the model has no usable reference', { where: lake.locationOf(key), error });
      return undefined;
    }
  };

  return async (version: string): Promise<ModelReference | undefined> => {
    const reference = known.get(version) ?? (await fetchReference(version));
    if (reference) known.set(version, reference);
    return reference;
  };
}

function parseReference(version: string, text: string | undefined): ModelReference {
  if (text === undefined) throw new BadRecord('MALFORMED_MESSAGE', 'found no object, expected a reference');
  const reference = modelReferenceFrom(JSON.parse(text));
  if (reference.version !== version)
    throw new BadRecord('RANGE_ERROR', `version: found ${reference.version}, expected ${version}`);
  return reference;
}
