import { UsageError } from '../shared/command.ts';
import type { confirm } from '../shared/confirm.ts';
import type { StageOptions } from './options.ts';

/** What the deletion of a stage does outside of this process. */
interface Ports {
  readonly synthesize: () => Promise<string>;
  readonly confirm: typeof confirm;
  readonly destroy: (assembly: string) => Promise<void>;
}

/**
 * Deletes the stacks of a stage on AWS, if a person or `--yes` agrees.
 * @throws UsageError for the local stage
 */
export async function destroyStage(
  { stage, config, isConfirmed }: Pick<StageOptions, 'stage' | 'config' | 'isConfirmed'>,
  portsOf: () => Ports,
): Promise<number> {
  if (stage === 'local') throw new UsageError('`npm run reset` removes the local platform with its data.');
  const ports = portsOf();
  console.log(
    config.keepData
      ? 'The database and its password, the brokers, their network and the lake are kept: see docs/aws.md#teardown.'
      : 'The database, the brokers and the lake are deleted with all their data.',
  );
  if (!isConfirmed)
    await ports.confirm(`Delete the stacks of stage ${stage} on AWS?`, stage, `Deleting stage ${stage}`);
  await ports.destroy(await ports.synthesize());
  console.log(`The stacks of stage ${stage} are deleted.`);
  return 0;
}
