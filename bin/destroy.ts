// `npm run destroy -- --stage STAGE`: deletes the stacks of a stage on AWS.
import { destroyAssembly } from '../lib/deploy/deploy-assembly.ts';
import { synthesize } from '../lib/deploy/synthesize.ts';
import { readStageOptions } from './deploy/options.ts';
import { stackLines } from './deploy/stack-lines.ts';
import { environmentOf } from './deploy/target.ts';
import { runCommand, UsageError } from './shared/command.ts';
import { confirm } from './shared/confirm.ts';

await runCommand('destroy', async () => {
  const options = readStageOptions();
  const { stage, config, isConfirmed, context } = options;
  if (stage === 'local') throw new UsageError('`npm run reset` removes the local platform with its data.');
  const environment = environmentOf(options);
  const assembly = await synthesize({ ...context, validate: false });
  console.log(
    config.keepData
      ? 'The database and its password, the brokers and the lake are kept: see docs/aws.md#teardown.'
      : 'The database, the brokers and the lake are deleted with all their data.',
  );
  if (!isConfirmed)
    await confirm(`Delete the stacks of stage ${stage} on AWS?`, stage, `Deleting stage ${stage}`);
  await destroyAssembly({ assembly, environment, onProgress: stackLines() });
  console.log(`The stacks of stage ${stage} are deleted.`);
  return 0;
});
