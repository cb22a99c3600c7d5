// `npm run deploy -- --stage STAGE`: deploys the stacks to the local platform or to AWS.
import { createInterface } from 'node:readline/promises';
import type { Stage } from '../lib/app-config.ts';
import { stageNamed, stages } from '../lib/config.ts';
import { deployAssembly, type Outputs } from '../lib/deploy/deploy-assembly.ts';
import { cloudEnvironment } from '../lib/deploy/environment.ts';
import type { ReportProgress } from '../lib/deploy/progress.ts';
import { synthesize } from '../lib/deploy/synthesize.ts';
import { deployLocally } from '../localstack/deploy/deploy.ts';
import { readEndpoints } from '../localstack/endpoints.ts';
import { checkArguments, readArguments, runCommand } from './shared/command.ts';

interface Options {
  readonly isConfirmed: boolean;
  readonly quickSightPrincipal: string | undefined;
}

await runCommand('deploy', async () => {
  const { values } = readArguments({
    options: {
      stage: { type: 'string' },
      yes: { type: 'boolean', default: false },
      'quicksight-principal': { type: 'string' },
    },
  });
  const stage = checkArguments(() => stageNamed(values.stage));
  const options = { isConfirmed: values.yes, quickSightPrincipal: values['quicksight-principal'] };
  const outputs = await (stage === 'local'
    ? toThisMachine(options, printer())
    : toAws(stage, options, printer()));
  console.log(`Stage ${stage} is deployed.`);
  for (const [name, value] of Object.values(outputs).flatMap((ofStack) => Object.entries(ofStack))) {
    if (!name.startsWith('ExportsOutput')) console.log(`${name.padEnd(24)} ${value}`);
  }
  return 0;
});

async function toThisMachine({ quickSightPrincipal }: Options, onProgress: ReportProgress): Promise<Outputs> {
  const endpointUrl = readEndpoints()?.awsEndpointUrl ?? process.env.AWS_ENDPOINT_URL;
  if (endpointUrl === undefined) {
    throw new Error('The local platform is not running. `npm start` starts it and deploys to it.');
  }
  return deployLocally({
    assembly: await synthesize({ stage: 'local', validate: false, quickSightPrincipal }),
    endpointUrl,
    onProgress,
    onSkipped: ({ stack, logicalId, type, reason }) =>
      console.log(`${stack.padEnd(24)} skipped ${logicalId} (${type}): ${reason}`),
  });
}

async function toAws(
  stage: Exclude<Stage, 'local'>,
  { isConfirmed, quickSightPrincipal }: Options,
  onProgress: ReportProgress,
): Promise<Outputs> {
  const environment = cloudEnvironment(process.env);
  const assembly = await synthesize({ stage, validate: true, quickSightPrincipal });
  if (!isConfirmed) await confirm(stage);
  return deployAssembly({ assembly, environment, onProgress, bootstrap: stages[stage].region });
}

async function confirm(stage: Stage): Promise<void> {
  if (!process.stdin.isTTY)
    throw new Error(`Deploying stage ${stage} needs a confirmation. Add --yes to confirm it here.`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const account = process.env.AWS_PROFILE ? `profile ${process.env.AWS_PROFILE}` : 'your current credentials';
  const answer = await terminal.question(
    `Deploy stage ${stage} to the AWS account of ${account}? Type the name of the stage to confirm: `,
  );
  terminal.close();
  if (answer.trim() !== stage) throw new Error('Not confirmed. Nothing was deployed.');
}

/** Prints two lines for each stack: when its deploy starts, and when it is done. */
function printer(): ReportProgress {
  const startedAt = new Map<string, number>();
  return ({ stack, completed, total, finished }) => {
    const start = startedAt.get(stack) ?? Date.now();
    if (!startedAt.has(stack)) console.log(`${stack.padEnd(24)} started`);
    startedAt.set(stack, start);
    const seconds = ((Date.now() - start) / 1000).toFixed(1);
    if (finished)
      console.log(`${stack.padEnd(24)} ${completed}/${total ?? completed} resources  ${seconds} s`);
  };
}
