// `npm run evaluate`: evaluates the fraud model of the local platform on the labels received so far.
import { viewOf } from '../localstack/terminal/screen.ts';
import { renderRecords } from '../localstack/terminal/table.ts';
import { runCommand, takeNoArguments } from './shared/command.ts';
import { runWorkflow } from './shared/run-workflow.ts';
import { runningPlatform } from './shared/running-platform.ts';
import { whileWorking } from './shared/while-working.ts';

await runCommand('evaluate', async () => {
  takeNoArguments();
  const endpoints = runningPlatform();
  const evaluation = () => runWorkflow(endpoints, 'evaluation', {}, {});
  const { status, output, failure } = await whileWorking('Comparing scores with labels', evaluation);
  const { byMaturity = {}, restated } = Object(output) as Output;
  const records = Object.entries(byMaturity).map(([maturity, metrics]) => ({
    'label age': maturity,
    ...Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, rounded(value)])),
  }));
  if (records.length > 0) console.log(renderRecords(records, viewOf(process.stdout, process.env)).join('\n'));
  console.log(
    `${status}: ${failure ?? `${restated} counts changed. The metrics will appear at GET /metrics.`}`,
  );
  return status === 'SUCCEEDED' ? 0 : 1;
});

/** The output of the function evaluate-model. */
interface Output {
  readonly byMaturity?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly restated?: number;
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
