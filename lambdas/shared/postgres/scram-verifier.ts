import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** Of Postgres: https://www.postgresql.org/docs/18/runtime-config-connection.html#GUC-SCRAM-ITERATIONS */
const iterations = 4_096;

/**
 * A password as Postgres stores it, which `alter role … password` accepts too. So the server never sees the
 * password, and no statement in its log has it.
 * @see https://www.postgresql.org/docs/18/catalog-pg-authid.html
 * @param password ASCII letters and digits: others would have to be normalized first
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const keyOf = (name: string) => createHmac('sha256', salted).update(name).digest();
  const storedKey = createHash('sha256').update(keyOf('Client Key')).digest('base64');
  const serverKey = keyOf('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
