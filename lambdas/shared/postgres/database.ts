import { readFileSync } from 'node:fs';
import { Pool, type PoolClient, type PoolConfig, type QueryResultRow } from 'pg';

/** Runs one SQL statement with its parameters in a transaction, and returns its rows. */
export type Query = <R extends QueryResultRow>(sql: string, values?: unknown[]) => Promise<R[]>;

const preparedNames = new Map<string, string>();
/** A connection keeps each in Postgres's memory. */
const mostPrepared = 100;

/**
 * Marks a statement that each connection prepares once, and Postgres soon plans no more. Only for statements
 * whose best plan does not depend on their parameters.
 */
export function prepared(sql: string): string {
  if (!preparedNames.has(sql) && preparedNames.size < mostPrepared)
    preparedNames.set(sql, `prepared_${preparedNames.size}`);
  return sql;
}

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
    const connection = { ...limits, options, ssl, max: 2, keepAlive: true, pipeline: true };
    const opened = new Pool({ ...(await credentials()), ...connection });
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

  const connect = async (): Promise<PoolClient> => {
    pool ??= openPool();
    return (await pool).connect();
  };

  // The password may have been rotated.
  const connectAfresh = async () => {
    await closePool();
    return connect();
  };

  const database: Database = {
    async transaction(work) {
      let client: PoolClient | undefined = await connect().catch(connectAfresh);
      let isBegun = false;
      const run = async (sql: string, values: unknown[] = []) => {
        if (!client) throw new Error('The connection to Postgres was lost');
        const name = preparedNames.get(sql);
        return (await client.query(name ? { name, text: sql, values } : { text: sql, values })).rows;
      };
      /** Sends `begin` and the first statement at once. */
      const begin: Query = async (sql, values) => {
        isBegun = true;
        const begun = run('begin');
        const answer = run(sql, values);
        answer.catch(() => undefined);
        const isLost = await begun.then(
          () => false,
          () => true,
        );
        if (!isLost) return answer;
        // Safe to try again, since nothing was committed. The connection may have died while the function was
        // frozen.
        client?.release(true);
        client = undefined;
        client = await connectAfresh();
        await run('begin');
        return run(sql, values);
      };
      try {
        const result = await work((sql, values) => (isBegun ? run(sql, values) : begin(sql, values)));
        if (isBegun) await run('commit');
        client.release();
        return result;
      } catch (error) {
        // Closing the connection rolls back too, and unlike a rollback it cannot fail.
        client?.release(true);
        throw error;
      }
    },
    query: (sql, values) => database.transaction((query) => query(sql, values)),
    close: closePool,
  };
  return database;
}
