import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { namedQueries } from '../../../lib/analytics/named-queries.ts';
import { lakeTables } from '../../../lib/analytics/tables.ts';
import { runQuery } from '../../athena/run-query.ts';
import type { LakeResult, LakeTables } from '../contract.ts';
import { Refused } from '../server.ts';
import type { Sources } from '../sources.ts';

const maxRows = 2_000;
const maxStatementBytes = 100_000;

/** Queries the lake as `npm run athena` does, but only to read. */
export function openLake({ athena }: Sources) {
  return {
    tables: async (): Promise<LakeTables> => ({
      queries: namedQueries.map(({ name, description, sql }) => ({ name, description, sql: sql.trim() })),
      tables: lakeTables.map(({ name, description, columns, partition }) => ({
        name,
        description,
        columns: [...columns, partition].map((column) => ({ name: column.name, type: column.type })),
      })),
    }),

    run: async (request: IncomingMessage, gone: AbortSignal): Promise<LakeResult> => {
      const sql = await statementOf(request);
      const query = { sql, workGroup: 'isobar-local', database: 'isobar_local', maxRows };
      const result = await runQuery(athena, query, gone).catch((error: Error) => {
        throw new Refused(400, error.message);
      });
      const { columns, rows, scannedBytes, tookMs } = result;
      return { columns, rows: rows.slice(0, maxRows), isCut: rows.length > maxRows, scannedBytes, tookMs };
    },
  };
}

async function statementOf(request: IncomingMessage): Promise<string> {
  if (Number(request.headers['content-length'] ?? maxStatementBytes + 1) > maxStatementBytes)
    throw new Refused(413, `A statement has at most ${maxStatementBytes} bytes.`);
  const { sql } = Object(await json(request)) as { sql?: unknown };
  if (typeof sql !== 'string' || sql.trim() === '') throw new Refused(400, 'Write a statement first.');
  const problem = whyNotReading(sql);
  if (problem) throw new Refused(400, problem);
  return sql;
}

const reading = /^(select|with|values|table|show|describe|desc|explain(?!\s+analyze))\b/i;

/** Why a statement is not run here: it could change the lake. Comments before it do not count. */
export function whyNotReading(sql: string): string | undefined {
  const text = sql.replace(/^(\s|--[^\n]*(\n|$)|\/\*[\s\S]*?\*\/|\()+/, '');
  if (reading.test(text)) return undefined;
  const word = /^\w+/.exec(text)?.[0]?.toUpperCase() ?? 'This';
  return `${word} is not run here: the console only reads the lake. \`npm run athena\` runs every statement.`;
}
