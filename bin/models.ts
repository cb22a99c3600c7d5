// `npm run models`: lists the fraud models, and puts another into use.
import { createReadStream, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { S3Client } from '@aws-sdk/client-s3';
import { compareModels } from '../lambdas/fraud/compare-models/compare-models.ts';
import { heldOutRows } from '../lambdas/fraud/compare-models/held-out-rows.ts';
import { modelLake } from '../lambdas/fraud/compare-models/lake.ts';
import { currentPointer } from '../lambdas/fraud/promote-model/current-pointer.ts';
import { parseModel } from '../lambdas/fraud/score-transaction/model.ts';
import { shippedScorer } from '../lambdas/fraud/score-transaction/shipped-model.ts';
import { makeScorer } from '../lambdas/fraud/score-transaction/trees.ts';
import { openBucket } from '../lambdas/shared/aws/bucket.ts';
import { connectDatabase } from '../lambdas/shared/postgres/database.ts';
import { localLogin } from '../localstack/platform/database-login.ts';
import { localAccount } from '../localstack/platform/local-account.ts';
import { viewOf } from '../localstack/terminal/screen.ts';
import { renderRecords } from '../localstack/terminal/table.ts';
import { describedModels } from './models/described-models.ts';
import { readModelsCommand } from './models/options.ts';
import { checkArguments, runCommand } from './shared/command.ts';
import { runningPlatform } from './shared/running-platform.ts';

await runCommand('models', async () => {
  const command = checkArguments(() => readModelsCommand(process.argv.slice(2)));
  if (command.name === 'score') return scoreFile(command);
  const endpoints = runningPlatform();
  const client = { ...localAccount(endpoints), forcePathStyle: true };
  const pointer = currentPointer(
    new S3Client(client),
    endpoints.lakeBucket,
    openBucket(endpoints.lakeBucket, { client }),
  );
  const lake = modelLake(endpoints.lakeBucket, { client });
  const shipped = shippedScorer();
  const inUse = await lake.readPointer();
  const current = inUse?.version ?? shipped.version;
  const move = async (version: string) => {
    if (!(await pointer.moveCurrent(version, inUse?.eTag ?? null, current)))
      throw new Error('Another model was put into use meanwhile. Look at `npm run models -- list`.');
    console.log(`${version} is in use within a minute. Before, it was ${current}.`);
    return 0;
  };

  if (command.name === 'list') {
    const models = await describedModels(endpoints.lakeBucket, client);
    const view = viewOf(process.stdout, process.env);
    const marked = models.map(({ version, trainedAt, rows, f1, threshold }) => ({
      version,
      trained: trainedAt.slice(0, 16).replace('T', ' '),
      rows,
      'F1 in training': f1?.toFixed(3) ?? '–',
      threshold,
      '': version === current ? 'in use' : version === inUse?.previous ? 'before it' : '',
    }));
    console.log(renderRecords(marked, view).join('\n'));
    return 0;
  }
  if (command.name === 'rollback') {
    if (inUse?.previous === undefined)
      throw new Error(`There is no model to go back to: ${current} is the first that is in use.`);
    return move(inUse.previous);
  }
  const models = await describedModels(endpoints.lakeBucket, client);
  const chosen = models.find(({ version }) => version === command.version);
  if (!chosen) throw new Error(`There is no model ${command.version}. \`npm run models -- list\` shows all.`);
  if (command.name === 'show') {
    console.log(JSON.stringify(chosen, null, 2));
    return 0;
  }
  if (chosen.version === current) throw new Error(`${current} is in use already.`);
  if (command.force) return move(chosen.version);
  const database = connectDatabase(localLogin(endpoints, 'reader'));
  try {
    // The model has not seen transactions that were scored after its training.
    const heldOut = { fromMs: Date.parse(chosen.trainedAt), toMs: Date.now() };
    const { isBetter, reason } = await compareModels({ version: chosen.version, heldOut }, 0, {
      ...lake,
      ...heldOutRows(database),
      shipped: shippedScorer,
    });
    console.log(`${reason} (labelled transactions since ${chosen.trainedAt}).`);
    if (isBetter) return await move(chosen.version);
    throw new Error('Not promoted. Wait for more labels, or add --force.');
  } finally {
    await database.close();
  }
});

async function scoreFile({ file, model }: { readonly file: string; readonly model: string | undefined }) {
  const at = (name: string) => path.resolve(process.env.INIT_CWD ?? '.', name);
  const scorer =
    model === undefined ? shippedScorer() : makeScorer(parseModel(readFileSync(at(model), 'utf8')));
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(at(file)) })) {
    line++;
    try {
      process.stdout.write(`${scorer.score(JSON.parse(text).features)}\n`);
    } catch (cause) {
      throw new Error(`${file}, line ${line}: expected a training row, {"features": {…}, …}`, { cause });
    }
  }
  return 0;
}
