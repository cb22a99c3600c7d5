// `npm run synth -- --stage STAGE`: writes the CloudFormation templates of a stage.
import { stageNamed } from '../lib/config.ts';
import { synthesize } from '../lib/deploy/synthesize.ts';
import { readTemplates } from '../localstack/deploy/supported-resources.ts';
import { checkArguments, readArguments, runCommand } from './shared/command.ts';
import { whileWorking } from './shared/while-working.ts';

await runCommand('synth', async () => {
  const { values } = readArguments({
    options: { stage: { type: 'string' }, 'quicksight-principal': { type: 'string' } },
  });
  const stage = checkArguments(() => stageNamed(values.stage));
  const quickSightPrincipal = values['quicksight-principal'];
  const assembly = await whileWorking('Writing the templates', () =>
    synthesize({ stage, validate: true, quickSightPrincipal }),
  );
  for (const [stack, { Resources }] of await readTemplates(assembly)) {
    console.log(`${stack.padEnd(24)} ${String(Object.keys(Resources).length).padStart(3)} resources`);
  }
  console.log(assembly);
  return 0;
});
