import { S3Client } from '@aws-sdk/client-s3';
import { log } from '../../shared/aws/log.ts';
import { readConfig } from './config.ts';
import { currentPointer } from './current-pointer.ts';
import { promoteModel, readRequest } from './promote-model.ts';

const ports = currentPointer(new S3Client(), readConfig().lakeBucket);

/** A state of the retraining workflow: the only code that changes which model is in use. */
export const handler = async (event: unknown) => {
  const promotion = await promoteModel(readRequest(event), ports);
  log.info('promotion', { ...promotion });
  return promotion;
};
