import { readFileSync } from 'node:fs';
import { Pool, type PoolClient, type PoolConfig, type QueryResultRow } from 'pg';

/** Runs one SQL statement with its parameters in a transaction, and returns its rows. */
export type Query = <R extends QueryResultRow>(sql: string, values?: unknown[]) => Promise<R[]>;

export interface Database {
  /** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /** Runs one statement in a transaction of its own. */
  query: Query;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Called when a connection is first needed, and again after a failure. */
  readonly credentials: () => Promise<Pick<PoolConfig, 'host' | 'port' | 'user' | 'password' | 'database'>>;
  /** The CA bundle that verifies the server. Without it, the connection is not encrypted. */
  readonly tlsCaFile?: string | undefined;
  /** How long a transaction may take in total. The default is many times the duration of a batch. */
  readonly transactionMs?: number;
}

/** How long a transaction may be idle between two statements. */
export const idleInTransactionMs = 30_000;

// A statement times out before its Lambda does. An idle transaction belongs to a frozen or dead function,
// which must not hold the ledger's row lock forever. A healthy function is idle at most for one put to S3.
const limits = {
  connectionTimeoutMillis: 5_000,
  statement_timeout: 30_000,
  lock_timeout: 20_000,
  idle_in_transaction_session_timeout: idleInTransactionMs,
  query_timeout: 35_000,
} satisfies PoolConfig;

/**
 * For a function that froze or died while it sent a statement or received an answer. Its session is not idle,
 * so the limits above do not end it. `transaction_timeout` ends the first case, `tcp_user_timeout` the
 * second.
 */
const limitTransaction = (ms: number) => `-c transaction_timeout=${ms} -c tcp_user_timeout=${ms}`;

/** Opens a pool of two connections: a Lambda execution environment processes one event at a time. */
export function connectDatabase({
  credentials,
  tlsCaFile,
  transactionMs = 60_000,
}: DatabaseOptions): Database {
  let pool: Promise<Pool> | undefined;

  const openPool = async () => {
    const ssl = tlsCaFile ? { ca: readFileSync(tlsCaFile, 'utf8') } : false;
    const options = limitTransaction(transactionMs);
    const opened = new Pool({ ...(await credentials()), ...limits, options, ssl, max: 2, keepAlive: true });
    // The pool replaces a broken idle connection at its next use. Without a listener, the event would end the
    // process.
    opened.on('error', () => {});
    // The same for a connection that breaks between two statements, during a put to S3 for example: the next
    // one throws.
    opened.on('connect', (client) => client.on('error', () => {}));
    return opened;
  };

  const closePool = async () => {
    const closing = pool;
    pool = undefined;
    await (await closing?.catch(() => undefined))?.end();
  };

  const begin = async (): Promise<PoolClient> => {
    pool ??= openPool();
    const client = await (await pool).connect();
    try {
      await client.query('begin');
      return client;
    } catch (error) {
      client.release(true);
      throw error;
    }
  };

  // Safe to try again with new credentials, because nothing has happened yet. The connection may have died
  // while the function was frozen, or the password was rotated.
  const beginAfresh = async () => {
    await closePool();
    return begin();
  };

  const database: Database = {
    async transaction(work) {
      const client = await begin().catch(beginAfresh);
      try {
        const result = await work(async (sql, values) => (await client.query(sql, values)).rows);
        await client.query('commit');
        client.release();
        return result;
      } catch (error) {
        // Closing the connection rolls back too, and unlike a rollback it cannot fail.
        client.release(true);
        throw error;
      }
    },
    query: (sql, values) => database.transaction((query) => query(sql, values)),
    close: closePool,
  };
  return database;
}
