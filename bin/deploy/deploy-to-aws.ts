import type { Outputs } from '../../lib/deploy/deploy-assembly.ts';
import type { confirm } from '../shared/confirm.ts';
import type { Finding } from './check.ts';
import type { StageOptions } from './options.ts';
import { renderFindings } from './preflight.ts';

/** What a deploy to AWS does outside of this process. An assembly is the folder of the templates. */
export interface Ports {
  /** Asks whose credentials these are. */
  readonly identify: () => Promise<Finding>;
  readonly synthesize: () => Promise<string>;
  /** Checks the account. */
  readonly check: (assembly: string) => Promise<readonly Finding[]>;
  /** Shows what would change, and returns the stacks that differ. */
  readonly diff: (assembly: string) => Promise<readonly string[]>;
  readonly confirm: typeof confirm;
  readonly deploy: (assembly: string) => Promise<Outputs>;
}

/**
 * Deploys a stage to AWS: if the account is ready, and a person or `--yes` agrees to the changes.
 * @returns undefined when the account is not ready
 */
export async function deployToAws(
  { stage, isConfirmed }: Pick<StageOptions, 'stage' | 'isConfirmed'>,
  ports: Ports,
): Promise<Outputs | undefined> {
  const identity = await ports.identify();
  // Without credentials, the seconds of the synthesis would be in vain.
  const assembly = identity.result === 'stop' ? undefined : await ports.synthesize();
  const findings = [identity, ...(assembly === undefined ? [] : await ports.check(assembly))];
  console.log(renderFindings(findings));
  const stops = findings.filter(({ result }) => result === 'stop').length;
  if (stops > 0 || assembly === undefined) {
    console.error(`\nNot deployed: ${stops} of the checks above would make it fail.`);
    return undefined;
  }
  console.log('\nChanges:');
  const changed = await ports.diff(assembly);
  console.log(changed.length > 0 ? `Stacks that change: ${changed.join(', ')}` : 'No template changes.');
  if (!isConfirmed) await ports.confirm(`Deploy stage ${stage} to AWS?`, stage, `Deploying stage ${stage}`);
  return ports.deploy(assembly);
}

/** The end of a deploy, as lines. */
export const renderDeployed = (stage: string, outputs: Outputs): string[] => [
  `Stage ${stage} is deployed.`,
  ...Object.values(outputs)
    .flatMap((ofStack) => Object.entries(ofStack))
    // Those are for other stacks.
    .filter(([name]) => !name.startsWith('PublishOutput'))
    .map(([name, value]) => `${name.padEnd(24)} ${value}`),
];
