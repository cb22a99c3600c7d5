// `npm run deploy -- --stage STAGE`: deploys the stacks to the local platform or to AWS.
import { deployAssembly, type Outputs } from '../lib/deploy/deploy-assembly.ts';
import { diffAssembly } from '../lib/deploy/diff-assembly.ts';
import { inEnvironment } from '../lib/deploy/environment.ts';
import { synthesize } from '../lib/deploy/synthesize.ts';
import { deployLocally } from '../localstack/deploy/deploy.ts';
import { readStageOptions, type StageOptions } from './deploy/options.ts';
import { preflight, renderFindings } from './deploy/preflight.ts';
import { stackLines } from './deploy/stack-lines.ts';
import { environmentOf, localEndpoint } from './deploy/target.ts';
import { wantedOf } from './deploy/wanted.ts';
import { runCommand } from './shared/command.ts';
import { confirm } from './shared/confirm.ts';
import { whileWorking } from './shared/while-working.ts';

await runCommand('deploy', async () => {
  const options = readStageOptions();
  const outputs = await (options.stage === 'local' ? toThisMachine(options) : toAws(options));
  if (outputs === undefined) return 1;
  console.log(`Stage ${options.stage} is deployed.`);
  for (const [name, value] of Object.values(outputs).flatMap((ofStack) => Object.entries(ofStack))) {
    if (!name.startsWith('PublishOutput')) console.log(`${name.padEnd(24)} ${value}`);
  }
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

/** Returns undefined when the account is not ready. */
async function toAws(options: StageOptions): Promise<Outputs | undefined> {
  const { stage, isConfirmed, context } = options;
  const environment = environmentOf(options);
  const assembly = await whileWorking('Writing the templates', () =>
    synthesize({ ...context, validate: true }),
  );
  if (!(await accountIsReady(options, assembly))) return undefined;
  console.log('\nChanges:');
  const changed = await diffAssembly({ assembly, environment, withChangeSet: true, onText: console.log });
  console.log(changed.length > 0 ? `Stacks that change: ${changed.join(', ')}` : 'No template changes.');
  if (!isConfirmed) await confirm(`Deploy stage ${stage} to AWS?`, stage, `Deploying stage ${stage}`);
  return deployAssembly({
    assembly,
    environment,
    onProgress: stackLines(),
    forceDeployment: true,
  });
}

async function accountIsReady(options: StageOptions, assembly: string): Promise<boolean> {
  const { config } = options;
  const findings = await inEnvironment(environmentOf(options), async () => {
    const { openAccount } = await import('./deploy/account.ts');
    const account = openAccount(config.region);
    const id = await account.identity().catch(() => ({ account: 'unknown' }));
    const wanted = await wantedOf(assembly, { 'AWS::AccountId': id.account, 'AWS::Region': config.region });
    return whileWorking('Checking the account', () => preflight(account, wanted, config));
  });
  console.log(renderFindings(findings));
  const stops = findings.filter(({ result }) => result === 'stop').length;
  if (stops > 0) console.error(`\nNot deployed: ${stops} of the checks above would make it fail.`);
  return stops === 0;
}
