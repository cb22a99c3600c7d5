// `npm run deploy -- --stage STAGE`: deploys the stacks to the local platform or to AWS.
import { deployAssembly, type Outputs } from '../lib/deploy/deploy-assembly.ts';
import { diffAssembly } from '../lib/deploy/diff-assembly.ts';
import { inEnvironment } from '../lib/deploy/environment.ts';
import { synthesize } from '../lib/deploy/synthesize.ts';
import { deployLocally } from '../localstack/deploy/deploy.ts';
import { deployToAws, type Ports, renderDeployed } from './deploy/deploy-to-aws.ts';
import { readStageOptions, type StageOptions } from './deploy/options.ts';
import { checkCredentials, preflight } from './deploy/preflight.ts';
import { stackLines } from './deploy/stack-lines.ts';
import { environmentOf, localEndpoint } from './deploy/target.ts';
import { wantedOf } from './deploy/wanted.ts';
import { runCommand } from './shared/command.ts';
import { confirm } from './shared/confirm.ts';
import { whileWorking } from './shared/while-working.ts';

await runCommand('deploy', async () => {
  const options = readStageOptions();
  const outputs = await (options.stage === 'local'
    ? toThisMachine(options)
    : deployToAws(options, awsPorts(options)));
  if (outputs === undefined) return 1;
  console.log(renderDeployed(options.stage, outputs).join('\n'));
  return 0;
});

async function toThisMachine({ context }: StageOptions): Promise<Outputs> {
  const endpointUrl = localEndpoint();
  return deployLocally({
    assembly: await synthesize({ ...context, validate: false }),
    endpointUrl,
    onProgress: stackLines(),
    onSkipped: ({ stack, logicalId, type, reason }) =>
      console.log(`${stack.padEnd(24)} skipped ${logicalId} (${type}): ${reason}`),
  });
}

function awsPorts(options: StageOptions): Ports {
  const { config, context } = options;
  const environment = environmentOf(options);
  const opened = async () => {
    const { openAccount } = await import('./deploy/account.ts');
    return openAccount(config.region);
  };
  return {
    identify: () => inEnvironment(environment, async () => checkCredentials(await opened(), config)),
    synthesize: () => whileWorking('Writing the templates', () => synthesize({ ...context, validate: true })),
    check: (assembly) =>
      inEnvironment(environment, async () => {
        const account = await opened();
        const id = await account.identity();
        const pseudo = { 'AWS::AccountId': id.account, 'AWS::Region': config.region };
        const wanted = await wantedOf(assembly, pseudo);
        return whileWorking('Checking the account', () => preflight(account, wanted, config));
      }),
    diff: (assembly) => diffAssembly({ assembly, environment, withChangeSet: true, onText: console.log }),
    confirm,
    deploy: (assembly) =>
      deployAssembly({ assembly, environment, onProgress: stackLines(), forceDeployment: true }),
  };
}
