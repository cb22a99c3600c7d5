import { parseArgs } from 'node:util';
import { stageNamed } from '../lib/config.ts';
import { synthesize } from '../lib/deploy/synthesize.ts';
import { readTemplates } from '../localstack/deploy-check.ts';

const { values } = parseArgs({ options: { stage: { type: 'string' } } });
const assembly = await synthesize({ stage: stageNamed(values.stage), validate: true });
const templates = await readTemplates(assembly);

for (const [stack, { Resources }] of templates) {
  console.log(`${stack.padEnd(24)} ${String(Object.keys(Resources).length).padStart(3)} resources`);
}
console.log(assembly);
