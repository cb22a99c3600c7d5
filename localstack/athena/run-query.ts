import type { AthenaClient, GetQueryResultsOutput, QueryExecution } from '@aws-sdk/client-athena';
import {
  BatchGetNamedQueryCommand,
  GetQueryExecutionCommand,
  ListNamedQueriesCommand,
  paginateGetQueryResults,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';

interface Column {
  readonly name: string;
  /** Trino's name, such as `varchar` or `bigint`. */
  readonly type: string;
}

export interface Result {
  readonly columns: readonly Column[];
  /** The texts that Athena returns; null for NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
  readonly scannedBytes: number;
  readonly tookMs: number;
  readonly outputLocation: string;
}

export interface Query {
  readonly sql: string;
  readonly workGroup: string;
  readonly database: string;
  /** SQL literals that replace the question marks. */
  readonly parameters?: readonly string[] | undefined;
  /** Fetches no more rows than about this many. Without it, the whole result. */
  readonly maxRows?: number | undefined;
}

const pollMs = 200;
/** The most that Athena returns at once. */
const pageSize = 1_000;

/** Runs a query and fetches its result. Stops the query when `signal` aborts. */
export async function runQuery(client: AthenaClient, query: Query, signal: AbortSignal): Promise<Result> {
  const { QueryExecutionId } = await client.send(
    new StartQueryExecutionCommand({
      QueryString: query.sql,
      WorkGroup: query.workGroup,
      QueryExecutionContext: { Database: query.database },
      ExecutionParameters: query.parameters?.length ? [...query.parameters] : undefined,
    }),
  );
  const stop = () => client.send(new StopQueryExecutionCommand({ QueryExecutionId }));
  const execution = await waitForEnd(client, QueryExecutionId, signal, stop);
  const reason = execution.Status?.StateChangeReason ?? 'Athena gave no reason';
  if (execution.Status?.State !== 'SUCCEEDED')
    throw new Error(
      `The query ${execution.Status?.State === 'CANCELLED' ? 'was cancelled' : 'failed'}: ${reason}`,
    );
  return {
    ...(await fetchRows(client, execution, query.maxRows)),
    scannedBytes: execution.Statistics?.DataScannedInBytes ?? 0,
    tookMs: execution.Statistics?.TotalExecutionTimeInMillis ?? 0,
    outputLocation: execution.ResultConfiguration?.OutputLocation ?? '',
  };
}

async function waitForEnd(
  client: AthenaClient,
  QueryExecutionId: string | undefined,
  signal: AbortSignal,
  stop: () => Promise<unknown>,
): Promise<QueryExecution> {
  for (;;) {
    const { QueryExecution: execution } = await client.send(
      new GetQueryExecutionCommand({ QueryExecutionId }),
    );
    const state = execution?.Status?.State;
    if (execution && state !== 'QUEUED' && state !== 'RUNNING') return execution;
    if (signal.aborted) await stop();
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

async function fetchRows(
  client: AthenaClient,
  execution: QueryExecution,
  maxRows = Number.POSITIVE_INFINITY,
) {
  const { QueryExecutionId } = execution;
  const pages: GetQueryResultsOutput[] = [];
  for await (const page of paginateGetQueryResults({ client, pageSize }, { QueryExecutionId })) {
    pages.push(page);
    if (pages.length * pageSize > maxRows) break;
  }
  const columns = (pages[0]?.ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map(
    ({ Name, Type }): Column => ({ name: Name ?? '', type: Type ?? '' }),
  );
  const rows = pages
    .flatMap(({ ResultSet }) => ResultSet?.Rows ?? [])
    .map(({ Data }) => (Data ?? []).map(({ VarCharValue }) => VarCharValue ?? null));
  // The first row of a SELECT holds the column names. Other statements have no such row.
  return { columns, rows: execution.SubstatementType === 'SELECT' ? rows.slice(1) : rows };
}

/** The saved queries of a workgroup, by name. */
export async function namedQueriesOf(client: AthenaClient, WorkGroup: string): Promise<Map<string, string>> {
  const { NamedQueryIds } = await client.send(new ListNamedQueriesCommand({ WorkGroup }));
  if (!NamedQueryIds?.length) return new Map();
  const { NamedQueries } = await client.send(new BatchGetNamedQueryCommand({ NamedQueryIds }));
  return new Map((NamedQueries ?? []).map(({ Name, QueryString }) => [Name ?? '', QueryString ?? '']));
}
