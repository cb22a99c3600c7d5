// `npm run retrain`: runs the retraining workflow on the local platform and prints its result.
import { inSeconds } from '../localstack/run/follow-workflow.ts';
import { runCommand, takeNoArguments } from './shared/command.ts';
import { messageOf, runWorkflow } from './shared/run-workflow.ts';
import { runningPlatform } from './shared/running-platform.ts';

const descriptions = {
  ExportTrainingRows: 'exports the labelled transactions to the lake',
  Train: 'Spark trains a model',
  CompareModels: 'compares it with the current model',
  PromoteModel: 'it is better: makes it the current model',
  Report: 'writes the Slack message',
  TellSlack: 'sends it to Slack',
};

await runCommand('retrain', async () => {
  takeNoArguments();
  const ended = await runWorkflow(runningPlatform(), 'retraining', {}, descriptions);
  const { status, startedAtMs, endedAtMs, output, failure } = ended;
  const message = messageOf(output);
  console.log(`${status} in ${inSeconds((endedAtMs ?? startedAtMs) - startedAtMs)}`);
  console.log(message ? `${message.title}\n${message.body}` : (failure ?? ''));
  return status === 'SUCCEEDED' ? 0 : 1;
});
