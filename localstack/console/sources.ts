import { AthenaClient } from '@aws-sdk/client-athena';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import type { Endpoints } from '../endpoints.ts';
import { localAccount } from '../platform/local-account.ts';
import { openIncoming } from '../run/incoming.ts';
import { openPlatformCounts } from '../run/platform-counts.ts';

export type Sources = Awaited<ReturnType<typeof openSources>>;

/** What the views read, with connections that are opened once. */
export async function openSources(endpoints: Endpoints) {
  const account = localAccount(endpoints);
  const counter = await openPlatformCounts(endpoints);
  const pool = new pg.Pool({
    connectionString: endpoints.postgresUrl,
    max: 3,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    // Views only read. A change goes through the code of the commands, which has its own connection.
    options: '-c default_transaction_read_only=on',
    allowExitOnIdle: true,
  });
  pool.on('error', () => {}); // an idle connection broke: the next query opens a new one
  const s3 = new S3Client({ ...account, forcePathStyle: true });
  const lambda = new LambdaClient(account);
  const athena = new AthenaClient(account);
  const incoming = openIncoming(endpoints);
  return {
    endpoints,
    athena,
    counter,
    incoming,
    lambda,
    s3,
    query: async <Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
      (await pool.query(sql, [...values])).rows,
    close: async () => {
      await Promise.all([counter.close(), pool.end()]);
      for (const client of [athena, s3, lambda]) client.destroy();
      incoming.close();
    },
  };
}
