import { randomBytes } from 'node:crypto';
import { log } from '../../shared/aws/log.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readConfig } from './config.ts';
import { logins } from './logins.ts';
import { type RotationEvent, rotateSecret } from './rotate-secret.ts';
import { rotatingSecrets } from './rotating-secrets.ts';

const { database } = readConfig();
const ports = {
  ...rotatingSecrets(),
  ...logins(connectDatabase(database), database.tlsCaFile),
  // 256 bits, as letters and digits.
  newPassword: () => randomBytes(32).toString('hex'),
};

/** Invoked by Secrets Manager, once for each step. */
export const handler = async (event: RotationEvent): Promise<void> => {
  await rotateSecret(event, ports);
  log.info('rotated', { step: event.Step, secret: event.SecretId });
};
