import { AthenaClient } from '@aws-sdk/client-athena';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import type { QueryResultRow } from 'pg';
import { connectDatabase } from '../../lambdas/shared/postgres/database.ts';
import type { Endpoints } from '../endpoints.ts';
import { localLogin } from '../platform/database-login.ts';
import { localAccount } from '../platform/local-account.ts';
import { openIncoming } from '../run/incoming.ts';
import { openPlatformCounts } from '../run/platform-counts.ts';

export type Sources = Awaited<ReturnType<typeof openSources>>;

/** What the views read, with connections that are opened once. */
export async function openSources(endpoints: Endpoints) {
  const account = localAccount(endpoints);
  const counter = await openPlatformCounts(endpoints);
  // Views only read. A change goes through the code of the commands, which connects as the role for it.
  const database = connectDatabase(localLogin(endpoints, 'reader'));
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
      database.query<Row & QueryResultRow>(sql, [...values]),
    close: async () => {
      await Promise.all([counter.close(), database.close()]);
      for (const client of [athena, s3, lambda]) client.destroy();
      incoming.close();
    },
  };
}
