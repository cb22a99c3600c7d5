// `npm run destroy -- --stage STAGE`: deletes the stacks of a stage on AWS.
import { destroyAssembly } from '../lib/deploy/deploy-assembly.ts';
import { synthesize } from '../lib/deploy/synthesize.ts';
import { destroyStage } from './deploy/destroy-stage.ts';
import { readStageOptions } from './deploy/options.ts';
import { stackLines } from './deploy/stack-lines.ts';
import { environmentOf } from './deploy/target.ts';
import { runCommand } from './shared/command.ts';
import { confirm } from './shared/confirm.ts';

await runCommand('destroy', async () => {
  const options = readStageOptions();
  return destroyStage(options, () => {
    const environment = environmentOf(options);
    return {
      synthesize: () => synthesize({ ...options.context, validate: false }),
      confirm,
      destroy: (assembly) => destroyAssembly({ assembly, environment, onProgress: stackLines() }),
    };
  });
});
