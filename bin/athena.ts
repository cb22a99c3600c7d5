// `npm run athena -- "SELECT …"`: runs a query in Athena, on the local platform or on AWS, and prints the
// result.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { AthenaClient } from '@aws-sdk/client-athena';
import { stageNamed, stages } from '../lib/config.ts';
import { localAccount } from '../localstack/platform/local-account.ts';
import { viewOf } from '../localstack/terminal/screen.ts';
import { namedQueriesOf, runQuery } from './athena/query.ts';
import { renderCsv, renderJson, renderResult, renderSummary } from './athena/render-result.ts';
import { runningPlatform } from './shared/running-platform.ts';

const usage = `npm run athena -- [options] "SELECT …" [parameter …]
  --file F       read the statement from the file F
  --named NAME   run a saved query of the workgroup; an unknown name lists the saved queries
  --csv, --json  print CSV or lines of JSON instead of a table
  --stage S      local (default): the platform on this machine, or the one at AWS_ENDPOINT_URL
                 dev, prod: AWS, with the account and credentials of the usual AWS variables
  Parameters replace the question marks of the statement. They are SQL literals: 5 or "'Seoul'".`;

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
    stage === 'local' && !process.env.AWS_ENDPOINT_URL
      ? localAccount(runningPlatform('Add --stage dev or prod to query AWS.'))
      : { region: stages[stage].region },
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
    // The summary is not part of the data that another program reads.
    const print = machineReadable ? console.error : console.log;
    print(`${machineReadable ? '' : '\n'}${renderSummary(result)}`);
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
      `The workgroup ${workGroup} has no query "${named}". Its queries: ${[...saved.keys()].sort().join(', ')}`,
    );
  return sql;
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
