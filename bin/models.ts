// `npm run models`: lists the fraud models, and puts another into use.
import { createReadStream, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { S3Client } from '@aws-sdk/client-s3';
import { compareModels } from '../lambdas/fraud/compare-models/compare-models.ts';
import { heldOutRows } from '../lambdas/fraud/compare-models/held-out-rows.ts';
import { modelLake } from '../lambdas/fraud/compare-models/lake.ts';
import { modelPointers } from '../lambdas/fraud/promote-model/model-pointers.ts';
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
import { evidenceFor, readShadow } from './models/evidence.ts';
import { readModelsCommand } from './models/options.ts';
import { checkArguments, runCommand } from './shared/command.ts';
import { runningPlatform } from './shared/running-platform.ts';

await runCommand('models', async () => {
  const command = checkArguments(() => readModelsCommand(process.argv.slice(2)));
  if (command.name === 'score') return scoreFile(command);
  const endpoints = runningPlatform();
  const client = { ...localAccount(endpoints), forcePathStyle: true };
  const pointer = modelPointers(
    new S3Client(client),
    endpoints.lakeBucket,
    openBucket(endpoints.lakeBucket, { client }),
  );
  const lake = modelLake(endpoints.lakeBucket, { client });
  const shipped = shippedScorer();
  const inUse = await lake.readPointer();
  const current = inUse?.version ?? shipped.version;
  const models = await describedModels(endpoints.lakeBucket, client);
  const find = (version: string) => {
    const found = models.find((each) => each.version === version);
    if (found) return found;
    throw new Error(`There is no model ${version}. \`npm run models -- list\` shows all.`);
  };
  const move = async (version: string) => {
    if (!(await pointer.moveCurrent(version, inUse?.eTag ?? null, current)))
      throw new Error('Another model was put into use meanwhile. Look at `npm run models -- list`.');
    console.log(`${version} is in use within a minute. Before, it was ${current}.`);
    return 0;
  };

  if (command.name === 'list') {
    const challenger = await pointer.challenger();
    const marks = (version: string) => [
      ...(version === current ? ['in use'] : version === inUse?.previous ? ['before it'] : []),
      ...(version === challenger && version !== current ? ['in shadow'] : []),
    ];
    const view = viewOf(process.stdout, process.env);
    const marked = models.map(({ version, trainedAt, rows, f1, threshold }) => ({
      version,
      trained: trainedAt.slice(0, 16).replace('T', ' '),
      rows,
      'F1 in training': f1?.toFixed(3) ?? '–',
      threshold,
      '': marks(version).join(', '),
    }));
    console.log(renderRecords(marked, view).join('\n'));
    return 0;
  }
  if (command.name === 'rollback') {
    if (inUse?.previous === undefined)
      throw new Error(`There is no model to go back to: ${current} is the first that is in use.`);
    return move(inUse.previous);
  }
  if (command.name === 'shadow') {
    if (command.version !== undefined) find(command.version);
    if (command.version === current) throw new Error(`${current} is in use already.`);
    if (command.version === shipped.version)
      throw new Error(`${shipped.version} is part of the code: only models of the lake score in shadow.`);
    await pointer.nameChallenger(command.version);
    console.log(
      command.version === undefined
        ? 'Within a minute, no model scores in shadow any more.'
        : `${command.version} scores in shadow within a minute. It changes no answer.`,
    );
    return 0;
  }
  const chosen = find(command.version);
  if (command.name === 'show') {
    console.log(JSON.stringify(chosen, null, 2));
    return 0;
  }
  if (chosen.version === current) throw new Error(`${current} is in use already.`);
  if (command.force) return move(chosen.version);
  const database = connectDatabase(localLogin(endpoints, 'reader'));
  try {
    const { isBetter, reason } = await evidenceFor({
      readShadow: () => readShadow(database.query, { challenger: chosen.version, champion: current }),
      scoreNow: () =>
        compareModels(
          {
            version: chosen.version,
            // The model has not seen transactions that were scored after its training.
            heldOut: { fromMs: Date.parse(chosen.trainedAt), toMs: Date.now() },
          },
          0,
          { ...lake, ...heldOutRows(database), shipped: shippedScorer },
        ),
    });
    console.log(`${reason}.`);
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
