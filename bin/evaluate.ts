// `npm run evaluate`: evaluates the fraud model of the local platform on the labels received so far.
import { viewOf } from '../localstack/terminal/screen.ts';
import { renderRecords } from '../localstack/terminal/table.ts';
import { takeNoArguments } from './shared/no-arguments.ts';
import { runWorkflow } from './shared/run-workflow.ts';
import { runningPlatform } from './shared/running-platform.ts';

takeNoArguments(`npm run evaluate
  Evaluates the fraud model of the local platform on the labels received so far, and prints the metrics.
  Takes no options.`);

try {
  const { status, output, failure } = await runWorkflow(runningPlatform(), 'evaluation', {}, {});
  const { byMaturity = {}, restated } = Object(output) as Output;
  const records = Object.entries(byMaturity).map(([maturity, metrics]) => ({
    'label age': maturity,
    ...Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, rounded(value)])),
  }));
  if (records.length > 0) console.log(renderRecords(records, viewOf(process.stdout, process.env)).join('\n'));
  console.log(
    `${status}: ${failure ?? `${restated} counts changed. The metrics will appear at GET /metrics.`}`,
  );
  process.exitCode = status === 'SUCCEEDED' ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** The output of the function evaluate-model. */
interface Output {
  readonly byMaturity?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly restated?: number;
}

function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
