// `npm run models`: lists the fraud models, and puts another into use.
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseModel } from '../lambdas/fraud/score-transaction/model.ts';
import { shippedScorer } from '../lambdas/fraud/score-transaction/shipped-model.ts';
import { makeScorer } from '../lambdas/fraud/score-transaction/trees.ts';
import type { Stage } from '../lib/app-config.ts';
import { stages } from '../lib/config.ts';
import { cloudEnvironment } from '../lib/deploy/environment.ts';
import { localAccount } from '../localstack/platform/local-account.ts';
import { viewOf } from '../localstack/terminal/screen.ts';
import { renderRecords } from '../localstack/terminal/table.ts';
import type { DescribedModel } from './models/described-models.ts';
import { type ModelsCommand, readModelsCommand } from './models/options.ts';
import { openModels } from './models/stage.ts';
import { trainingRow } from './models/training-row.ts';
import { checkArguments, runCommand } from './shared/command.ts';
import { runningPlatform } from './shared/running-platform.ts';

type OfStage = Exclude<ModelsCommand, { readonly name: 'score' }>;
type Models = Awaited<ReturnType<typeof openStage>>;

await runCommand('models', async () => {
  const command = checkArguments(() => readModelsCommand(process.argv.slice(2)));
  if (command.name === 'score') return scoreFile(command);
  const models = await openStage(command.stage);
  try {
    await carryOut(models, command);
    return 0;
  } finally {
    models.close();
  }
});

function openStage(stage: Stage) {
  if (stage === 'local') {
    const endpoints = runningPlatform('Add --stage dev or prod for the models on AWS.');
    return openModels(stage, localAccount(endpoints), endpoints.consoleUrl);
  }
  cloudEnvironment(process.env);
  return openModels(stage, { region: stages[stage].region }, undefined);
}

async function carryOut(models: Models, command: OfStage): Promise<void> {
  const [inUse, challenger, described] = await Promise.all([
    models.readPointer(),
    models.readChallenger(),
    models.describe(),
  ]);
  const current = inUse?.version ?? described[0]?.version ?? '';
  const eTag = inUse?.eTag ?? null;
  if (command.name === 'list') return list(described, { current, previous: inUse?.previous, challenger });
  if (command.name === 'rollback') {
    if (inUse?.previous === undefined)
      throw new Error(`There is no model to go back to: ${current} is the first that is in use.`);
    const { version } = usable(described, inUse.previous);
    return move(models, { version, eTag, before: current });
  }
  const { version: wanted } = command;
  if (wanted === undefined) return shadow(models, null);
  if (command.name === 'show') return console.log(JSON.stringify(found(described, wanted), null, 2));
  if (wanted === current) throw new Error(`${current} is in use already.`);
  const chosen = usable(described, wanted);
  if (command.name === 'shadow') {
    if (chosen === described[0])
      throw new Error(`${chosen.version} is part of the code: only models of the lake score in shadow.`);
    return shadow(models, chosen.version);
  }
  if (command.force) return move(models, { version: chosen.version, eTag, before: current });
  await promoteIfBetter(models, chosen);
}

function found(described: readonly DescribedModel[], wanted: string): DescribedModel {
  const model = described.find(({ version }) => version === wanted);
  if (!model) throw new Error(`There is no model ${wanted}. \`npm run models -- list\` shows all.`);
  return model;
}

function usable(described: readonly DescribedModel[], wanted: string): DescribedModel {
  const model = found(described, wanted);
  if (model.problem !== null) throw new Error(`${wanted} cannot be used. ${model.problem}`);
  return model;
}

interface Marked {
  readonly current: string;
  readonly previous: string | undefined;
  readonly challenger: string | undefined;
}

function list(described: readonly DescribedModel[], { current, previous, challenger }: Marked): void {
  const marks = (version: string, problem: string | null) => [
    ...(version === current ? ['in use'] : version === previous ? ['before it'] : []),
    ...(version === challenger && version !== current ? ['in shadow'] : []),
    ...(problem === null ? [] : ['cannot be used']),
  ];
  const view = viewOf(process.stdout, process.env);
  const marked = described.map(({ version, trainedAt, rows, f1, problem }) => ({
    version,
    trained: trainedAt?.slice(0, 10) ?? '–',
    rows: rows ?? '–',
    F1: f1?.toFixed(3) ?? '–',
    '': marks(version, problem).join(', '),
  }));
  // A version that is cut off cannot be promoted.
  console.log(renderRecords(marked, { ...view, width: Math.max(view.width, 120) }).join('\n'));
}

async function promoteIfBetter(models: Models, { version, trainedAt }: DescribedModel): Promise<void> {
  if (trainedAt === null)
    throw new Error(`${version} does not say when it was trained, so no labels are known to be newer.`);
  const { isBetter, reason, current } = await models.compare({ version, trainedAtMs: Date.parse(trainedAt) });
  console.log(`${reason}.`);
  if (!isBetter) throw new Error('Not promoted. Wait for more labels, or add --force.');
  await move(models, { version, eTag: current.eTag, before: current.version });
}

async function shadow(models: Models, version: string | null): Promise<void> {
  await models.shadow({ challenger: version });
  console.log(
    version === null
      ? 'Within a minute, no model scores in shadow any more.'
      : `${version} scores in shadow within a minute. It changes no answer.`,
  );
}

async function move(models: Models, request: Parameters<Models['promote']>[0]): Promise<void> {
  const { promoted, reason } = await models.promote(request);
  if (!promoted) throw new Error(`Nothing was changed: ${reason}. Look at \`npm run models -- list\`.`);
  console.log(`${request.version} is in use within a minute. Before, it was ${request.before}.`);
}

async function scoreFile({ file, model }: { readonly file: string; readonly model: string | undefined }) {
  const at = (name: string) => path.resolve(process.env.INIT_CWD ?? '.', name);
  const cannotRead = (name: string) => (cause: unknown) => {
    throw new Error(`${name} cannot be read`, { cause });
  };
  const scorer =
    model === undefined
      ? shippedScorer()
      : makeScorer(parseModel(await readFile(at(model), 'utf8').catch(cannotRead(model))));
  const opened = await open(at(file)).catch(cannotRead(file));
  if (!(await opened.stat()).isFile()) throw new Error(`${file} is no file`);
  let line = 0;
  for await (const text of opened.readLines()) {
    line++;
    try {
      process.stdout.write(`${scorer.score(trainingRow(text, scorer.features))}\n`);
    } catch (cause) {
      throw new Error(`${file}, line ${line} is no training row`, { cause });
    }
  }
  return 0;
}
