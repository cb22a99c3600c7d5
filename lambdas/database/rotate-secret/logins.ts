import { connectDatabase, type Database, type DatabaseOptions } from '../../shared/postgres/database.ts';
import { scramVerifier } from '../../shared/postgres/scram-verifier.ts';
import type { Ports } from './rotate-secret.ts';

/** What Postgres answers to a wrong password, and to a role that is not there. */
const refusals = ['28P01', '28000'];

/** The logins of the server. `master` connects as the user that may change them. */
export const logins = (
  master: Pick<Database, 'query'>,
  tlsCaFile: DatabaseOptions['tlsCaFile'],
): Pick<Ports, 'canLogIn' | 'setPassword'> => ({
  async canLogIn(credentials) {
    const database = connectDatabase({ credentials: async () => credentials, tlsCaFile });
    try {
      await database.query('select');
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && refusals.includes(String(error.code))) return false;
      throw error;
    } finally {
      await database.close();
    }
  },
  async setPassword(user, password) {
    // `user` is one of the logins of database-roles.ts.
    await master.query(`alter role ${user} password '${scramVerifier(password)}'`);
  },
});
