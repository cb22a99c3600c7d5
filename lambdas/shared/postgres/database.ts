import { readFileSync } from 'node:fs';
import { Pool, type PoolClient, type PoolConfig, type QueryResultRow } from 'pg';

/** One SQL statement with its parameters, on the connection of a transaction. */
export type Query = <R extends QueryResultRow>(sql: string, values?: unknown[]) => Promise<R[]>;

export interface Database {
  /** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /** Runs one statement in a transaction of its own. */
  query: Query;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Where and as whom to connect. Asked for when a connection is first needed, and again after a failure. */
  readonly credentials: () => Promise<Pick<PoolConfig, 'host' | 'port' | 'user' | 'password' | 'database'>>;
  /** The CA bundle to verify the server with. Without it the connection is in the clear. */
  readonly tlsCaFile?: string | undefined;
  /** How long a transaction may take in all; by default many times what a batch takes. */
  readonly transactionMs?: number;
}

/** How long a session may sit in a transaction between two statements. */
export const idleInTransactionMs = 30_000;

// A statement gives up before its Lambda does. A session that sits in a transaction is a frozen or dead function: it must
// not hold the ledger's row lock for ever, and its only long wait in good health is one put to S3.
const limits = {
  connectionTimeoutMillis: 5_000,
  statement_timeout: 30_000,
  lock_timeout: 20_000,
  idle_in_transaction_session_timeout: idleInTransactionMs,
  query_timeout: 35_000,
} satisfies PoolConfig;

/**
 * For a function that froze or died while it sent a statement, or took in an answer: its session is not idle, and its statement
 * has not begun or has ended. The former is ended by the first of these, the latter by the second.
 */
const limitTransaction = (ms: number) => `-c transaction_timeout=${ms} -c tcp_user_timeout=${ms}`;

/** A pool of two connections: an execution environment of Lambda works on one event at a time. */
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
    // An idle connection that breaks is replaced at its next use; unheard, the event would end the process.
    opened.on('error', () => {});
    // So is one that breaks under a transaction that is busy elsewhere, in a put to S3 say: its next statement throws.
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

  // Nothing has happened before a transaction has begun, so a connection that died in a thaw, or a password that was
  // rotated, is worth a second try with fresh credentials.
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
        // Closing the connection rolls back, and cannot fail as a rollback could.
        client.release(true);
        throw error;
      }
    },
    query: (sql, values) => database.transaction((query) => query(sql, values)),
    close: closePool,
  };
  return database;
}
