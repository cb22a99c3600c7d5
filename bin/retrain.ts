// `npm run retrain`: runs the retraining workflow on the local platform and prints its result.
import { inSeconds } from '../localstack/run/follow-workflow.ts';
import { takeNoArguments } from './shared/no-arguments.ts';
import { messageOf, runWorkflow } from './shared/run-workflow.ts';
import { runningPlatform } from './shared/running-platform.ts';

takeNoArguments(`npm run retrain
  Trains a fraud model on the labelled transactions. The platform uses it if it is better than the current model.
  Takes no options.`);

const descriptions = {
  ExportTrainingRows: 'exports the labelled transactions to the lake',
  Train: 'Spark trains a model',
  CompareModels: 'compares it with the current model',
  PromoteModel: 'it is better: makes it the current model',
  Report: 'writes the Slack message',
  TellSlack: 'sends it to Slack',
};

try {
  const ended = await runWorkflow(runningPlatform(), 'retraining', {}, descriptions);
  const { status, startedAtMs, endedAtMs, output, failure } = ended;
  const message = messageOf(output);
  console.log(`${status} in ${inSeconds((endedAtMs ?? startedAtMs) - startedAtMs)}`);
  console.log(message ? `${message.title}\n${message.body}` : (failure ?? ''));
  process.exitCode = status === 'SUCCEEDED' ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
