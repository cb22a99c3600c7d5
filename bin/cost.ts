// `npm run cost -- --stage STAGE`: the monthly bill of a stage, idle and at a rate, by service and by step.
import { stageNamed } from '../lib/config.ts';
import { synthesize } from '../lib/deploy/synthesize.ts';
import { readTemplates } from '../localstack/deploy/supported-resources.ts';
import { viewOf } from '../localstack/terminal/screen.ts';
import { type Alternative, alternatives, billWith } from './cost/alternatives.ts';
import { billFor } from './cost/bill.ts';
import { renderBill, renderComparison, renderDifferences } from './cost/render-bill.ts';
import { checkArguments, readArguments, runCommand, UsageError } from './shared/command.ts';
import { whileWorking } from './shared/while-working.ts';

await runCommand('cost', async () => {
  const { values } = readArguments({
    options: {
      stage: { type: 'string' },
      rate: { type: 'string', default: '1000' },
      predictions: { type: 'string', default: '0' },
      compare: { type: 'string' },
      diff: { type: 'string' },
    },
  });
  const stage = checkArguments(() => stageNamed(values.stage));
  const load = {
    recordsPerSecond: numberOf('--rate', values.rate),
    predictionsPerSecond: numberOf('--predictions', values.predictions),
  };
  const kinds = values.compare?.split(',').map(alternativeNamed);
  if (kinds !== undefined && values.diff !== undefined)
    throw new UsageError('--compare and --diff exclude each other.');

  // Before the synthesis, which may write to the same folder.
  const templatesBefore = values.diff === undefined ? undefined : await readAssembly(values.diff);
  const assembly = await whileWorking('Writing the templates', () => synthesize({ stage, validate: false }));
  const templates = await readTemplates(assembly);

  const view = { ...viewOf(process.stdout, process.env), stage, load };
  const now = billFor(templates, load);
  const render = () => {
    if (kinds !== undefined)
      return renderComparison(new Map(kinds.map((kind) => [kind, billWith(templates, kind, load)])), view);
    if (templatesBefore !== undefined) return renderDifferences(billFor(templatesBefore, load), now, view);
    return renderBill(now, view);
  };
  console.log(render().join('\n'));
  return 0;
});

async function readAssembly(folder: string) {
  try {
    return await readTemplates(folder);
  } catch (cause) {
    throw new Error(`${folder} holds no templates of \`npm run synth\``, { cause });
  }
}

function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number) || number < 0)
    throw new UsageError(`${option} ${text}: expected a number of at least 0`);
  return number;
}

function alternativeNamed(name: string): Alternative {
  const found = alternatives.find((known) => known === name);
  if (found === undefined) throw new UsageError(`--compare ${name}: choose from ${alternatives.join(', ')}`);
  return found;
}
