import { S3Client } from '@aws-sdk/client-s3';
import { log } from '../../shared/aws/log.ts';
import { readConfig } from './config.ts';
import { modelPointers } from './model-pointers.ts';
import { promoteModel, readRequest, shadowModel } from './promote-model.ts';

const ports = modelPointers(new S3Client(), readConfig().lakeBucket);

/** A state of the retraining workflow: the only code that changes which models are in use and in shadow. */
export const handler = async (event: unknown) => {
  const request = readRequest(event);
  const result =
    'challenger' in request ? await shadowModel(request, ports) : await promoteModel(request, ports);
  log.info('promotion', { ...result });
  return result;
};
