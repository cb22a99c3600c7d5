// `npm run athena -- "SELECT …"`: runs a query in Athena, on the local platform or on AWS, and prints the
// result.
import { readFileSync } from 'node:fs';
import { AthenaClient } from '@aws-sdk/client-athena';
import { stageNamed, stages } from '../lib/config.ts';
import { renderCsv } from '../localstack/athena/csv.ts';
import { namedQueriesOf, runQuery } from '../localstack/athena/run-query.ts';
import { localAccount } from '../localstack/platform/local-account.ts';
import { viewOf } from '../localstack/terminal/screen.ts';
import { renderJson, renderResult, renderSummary } from './athena/render-result.ts';
import { checkArguments, readArguments, runCommand, UsageError } from './shared/command.ts';
import { runningPlatform } from './shared/running-platform.ts';
import { whileWorking } from './shared/while-working.ts';

await runCommand('athena', async () => {
  const { values, positionals } = readArguments({
    allowPositionals: true,
    options: {
      file: { type: 'string' },
      named: { type: 'string' },
      csv: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      stage: { type: 'string', default: 'local' },
    },
  });
  const stage = checkArguments(() => stageNamed(values.stage));
  const [workGroup, database] = [`isobar-${stage}`, `isobar_${stage}`];
  const takesText = values.file === undefined && values.named === undefined;
  if (takesText && positionals.length === 0) throw new UsageError('Give a statement, or --file, or --named');
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
    const query = () => runQuery(client, { sql, workGroup, database, parameters }, interrupted.signal);
    const result = await whileWorking('Running the query', query);
    const machineReadable = values.csv || values.json;
    const lines = values.csv ? renderCsv(result) : values.json ? renderJson(result) : undefined;
    for (const line of lines ?? renderResult(result, viewOf(process.stdout, process.env))) console.log(line);
    // The summary is not part of the data that another program reads.
    const print = machineReadable ? console.error : console.log;
    print(`${machineReadable ? '' : '\n'}${renderSummary(result)}`);
    return 0;
  } finally {
    client.destroy();
  }
});

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
