// `npm run synth -- --stage STAGE`: writes the CloudFormation templates of a stage.
import { parseArgs } from 'node:util';
import { stageNamed } from '../lib/config.ts';
import { synthesize } from '../lib/deploy/synthesize.ts';
import { readTemplates } from '../localstack/deploy/supported-resources.ts';

const { values } = parseArgs({
  options: { stage: { type: 'string' }, 'quicksight-principal': { type: 'string' } },
});
try {
  const assembly = await synthesize({
    stage: stageNamed(values.stage),
    validate: true,
    quickSightPrincipal: values['quicksight-principal'],
  });
  for (const [stack, { Resources }] of await readTemplates(assembly)) {
    console.log(`${stack.padEnd(24)} ${String(Object.keys(Resources).length).padStart(3)} resources`);
  }
  console.log(assembly);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
