// `npm run diff -- --stage STAGE`: shows what a deploy would change.
import { diffAssembly } from '../lib/deploy/diff-assembly.ts';
import { synthesize } from '../lib/deploy/synthesize.ts';
import { readStageOptions } from './deploy/options.ts';
import { environmentOf } from './deploy/target.ts';
import { runCommand } from './shared/command.ts';
import { whileWorking } from './shared/while-working.ts';

await runCommand('diff', async () => {
  const options = readStageOptions();
  const environment = environmentOf(options);
  const onAws = options.stage !== 'local';
  const assembly = await whileWorking('Writing the templates', () =>
    synthesize({ ...options.context, validate: onAws }),
  );
  const changed = await diffAssembly({ assembly, environment, withChangeSet: onAws, onText: console.log });
  console.log(changed.length === 0 ? 'No stack differs.' : `Stacks that differ: ${changed.join(', ')}`);
  return 0;
});
