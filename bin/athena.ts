// `npm run athena -- "SELECT …"`: asks Athena, of the platform that runs here or of AWS, and prints the answer.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { AthenaClient } from '@aws-sdk/client-athena';
import { stageNamed, stages } from '../lib/config.ts';
import { readEndpoints } from '../localstack/endpoints.ts';
import { localAccount } from '../localstack/platform/local-account.ts';
import { viewOf } from '../localstack/terminal/screen.ts';
import { namedQueriesOf, runQuery } from './athena/query.ts';
import { renderCsv, renderJson, renderResult, renderSummary } from './athena/render-result.ts';

const usage = `npm run athena -- [options] "SELECT …" [parameter …]
  --file F       the statement is in the file F
  --named NAME   run a query that is saved in the workgroup; a name that is not there lists those that are
  --csv, --json  instead of a table
  --stage S      the platform that runs here (local, the default; or the one at AWS_ENDPOINT_URL), or AWS (dev, prod) as AWS's own
                 variables say
  Parameters take the places of the question marks in the statement, as SQL literals: 5 or "'Seoul'".`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      file: { type: 'string' },
      named: { type: 'string' },
      csv: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      stage: { type: 'string', default: 'local' },
      help: { type: 'boolean', default: false },
    },
  });
  const stage = stageNamed(values.stage);
  const [workGroup, database] = [`isobar-${stage}`, `isobar_${stage}`];
  const takesText = values.file === undefined && values.named === undefined;
  if (values.help || (takesText && positionals.length === 0)) {
    console.log(usage);
    return;
  }
  const client = new AthenaClient(
    stage === 'local' && !process.env.AWS_ENDPOINT_URL ? runningHere() : { region: stages[stage].region },
  );
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  try {
    const sql = takesText ? (positionals[0] ?? '') : await savedText(client, workGroup, values);
    const parameters = takesText ? positionals.slice(1) : positionals;
    const result = await runQuery(client, { sql, workGroup, database, parameters }, interrupted.signal);
    const machineReadable = values.csv || values.json;
    const lines = values.csv ? renderCsv(result) : values.json ? renderJson(result) : undefined;
    for (const line of lines ?? renderResult(result, viewOf(process.stdout, process.env))) console.log(line);
    // What a program reads stays free of it.
    const say = machineReadable ? console.error : console.log;
    say(`${machineReadable ? '' : '\n'}${renderSummary(result)}`);
  } finally {
    client.destroy();
  }
}

async function savedText(
  client: AthenaClient,
  workGroup: string,
  { file, named }: { file?: string | undefined; named?: string | undefined },
): Promise<string> {
  if (file !== undefined) return readFileSync(file, 'utf8');
  const saved = await namedQueriesOf(client, workGroup);
  const sql = saved.get(named ?? '');
  if (sql === undefined)
    throw new Error(
      `No query "${named}" in workgroup ${workGroup}. There are: ${[...saved.keys()].sort().join(', ')}`,
    );
  return sql;
}

function runningHere() {
  const endpoints = readEndpoints();
  if (!endpoints)
    throw new Error('Nothing is running: `npm start` starts the platform; `--stage dev` asks AWS instead.');
  return localAccount(endpoints);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
