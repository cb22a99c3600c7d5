// `npm run evaluate`: evaluates the fraud model of the local platform on the labels received so far.
import { readEndpoints } from '../localstack/endpoints.ts';
import { followWorkflow } from '../localstack/run/follow-workflow.ts';
import { openWorkflow } from '../localstack/run/workflow.ts';
import { viewOf } from '../localstack/terminal/screen.ts';
import { renderRecords } from '../localstack/terminal/table.ts';
import { takeNoArguments } from './shared/no-arguments.ts';

takeNoArguments(`npm run evaluate
  Evaluates the fraud model of the local platform on the labels received so far, and prints the metrics.
  Takes no options.`);

const endpoints = readEndpoints();
if (!endpoints) {
  console.error('Nothing is running: `npm start` starts the platform.');
  process.exit(1);
}

const workflow = openWorkflow(endpoints, 'evaluation');
try {
  const { status, output, failure } = await followWorkflow(workflow, await workflow.start({}), {});
  const { byMaturity, restated } = Object(output) as { byMaturity?: object; restated?: number };
  if (byMaturity !== undefined) {
    const records = Object.entries(byMaturity).map(([maturity, metrics]) => ({ maturity, ...metrics }));
    console.log(renderRecords(records, viewOf(process.stdout, process.env)).join('\n'));
  }
  console.log(
    `${status}: ${failure ?? `${restated} counts restated; the figures are on their way to /metrics`}`,
  );
  process.exitCode = status === 'SUCCEEDED' ? 0 : 1;
} finally {
  workflow.close();
}
