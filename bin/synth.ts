// `npm run synth -- --stage STAGE`: writes the CloudFormation templates of a stage.
import { synthesize } from '../lib/deploy/synthesize.ts';
import { readTemplates } from '../localstack/deploy/supported-resources.ts';
import { readStageOptions } from './deploy/options.ts';
import { runCommand } from './shared/command.ts';
import { whileWorking } from './shared/while-working.ts';

await runCommand('synth', async () => {
  const { context } = readStageOptions();
  const assembly = await whileWorking('Writing the templates', () =>
    synthesize({ ...context, validate: true }),
  );
  for (const [stack, { Resources }] of await readTemplates(assembly)) {
    console.log(`${stack.padEnd(24)} ${String(Object.keys(Resources).length).padStart(3)} resources`);
  }
  console.log(assembly);
  return 0;
});
