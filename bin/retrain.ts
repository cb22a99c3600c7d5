// `npm run retrain`: runs the retraining workflow on the local platform and prints its result.
import { readEndpoints } from '../localstack/endpoints.ts';
import { followWorkflow, inSeconds } from '../localstack/run/follow-workflow.ts';
import { openWorkflow } from '../localstack/run/workflow.ts';
import { takeNoArguments } from './shared/no-arguments.ts';

takeNoArguments(`npm run retrain
  Trains a fraud model on the labelled transactions. The platform uses it if it is better than the current model.
  Takes no options.`);

const endpoints = readEndpoints();
if (!endpoints) {
  console.error('Nothing is running: `npm start` starts the platform.');
  process.exit(1);
}

const explained = {
  ExportTrainingRows: 'labelled transactions into the lake',
  Train: 'Spark trains a model on them',
  CompareModels: 'is it better than the one in use?',
  PromoteModel: 'it is: use it',
  Report: 'a message about it',
  TellSlack: 'to Slack',
};

const workflow = openWorkflow(endpoints, 'retraining');
try {
  const execution = await workflow.start({});
  const { status, startedAtMs, endedAtMs, output, failure } = await followWorkflow(
    workflow,
    execution,
    explained,
  );
  const { message } = Object(output) as { message?: { title: string; body: string } };
  console.log(`${status} in ${inSeconds((endedAtMs ?? startedAtMs) - startedAtMs)}`);
  console.log(message ? `${message.title}\n${message.body}` : (failure ?? ''));
  process.exitCode = status === 'SUCCEEDED' ? 0 : 1;
} finally {
  workflow.close();
}
