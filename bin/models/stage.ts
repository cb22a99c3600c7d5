import { GetFunctionConfigurationCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { EvidenceRequest } from '../../lambdas/fraud/compare-models/compare-models.ts';
import type { Evidence } from '../../lambdas/fraud/compare-models/evidence.ts';
import { modelLake } from '../../lambdas/fraud/compare-models/lake.ts';
import type {
  Request as Promoted,
  Promotion,
  ShadowRequest,
} from '../../lambdas/fraud/promote-model/promote-model.ts';
import { challengerModelKey, modelFileKey, versionFrom } from '../../lambdas/fraud/shared/model-version.ts';
import { openBucket } from '../../lambdas/shared/aws/bucket.ts';
import type { Account } from '../../localstack/platform/database-login.ts';
import { describedModels } from './described-models.ts';

/**
 * The models of a deployed stage. They are compared and put into use by the functions of the retraining
 * workflow, with their rights and settings: so this needs no way into the network of the stage.
 */
export async function openModels(stage: string, account: Account, consoleUrl: string | undefined) {
  const lambda = new LambdaClient(account);
  const client = { ...account, forcePathStyle: true };
  const bucket = await lakeOf(lambda, `isobar-${stage}-promote-model`);

  const invoke = async <Answer>(folder: string, payload: object): Promise<Answer> => {
    const FunctionName = `isobar-${stage}-${folder}`;
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
    );
    const answer = JSON.parse(Payload?.transformToString() ?? '');
    if (FunctionError !== undefined) throw new Error(`${FunctionName}: ${answer.errorMessage}`);
    return answer;
  };
  return {
    readPointer: modelLake(bucket, { client }).readPointer,
    async readChallenger() {
      const pointer = await openBucket(bucket, { client }).find(challengerModelKey);
      return pointer && versionFrom(pointer.text, challengerModelKey);
    },
    compare: (request: EvidenceRequest) => invoke<Evidence>('compare-models', request),
    promote: (request: Promoted) => invoke<Promotion>('promote-model', request),
    shadow: (request: ShadowRequest) => invoke<ShadowRequest>('promote-model', request),
    describe: () =>
      describedModels(bucket, client, (version, isShipped) => {
        if (consoleUrl !== undefined) return `${consoleUrl}/model-report?version=${version}`;
        return isShipped
          ? 'lambdas/fraud/score-transaction/shipped-model/report.html'
          : `s3://${bucket}/${modelFileKey(version, 'report.html')}`;
      }),
    close: () => lambda.destroy(),
  };
}

async function lakeOf(lambda: LambdaClient, FunctionName: string): Promise<string> {
  const { Environment } = await lambda
    .send(new GetFunctionConfigurationCommand({ FunctionName }))
    .catch((cause) => {
      throw new Error(`Reading the function ${FunctionName} failed: is the stage deployed?`, { cause });
    });
  const bucket = Environment?.Variables?.LAKE_BUCKET;
  if (bucket === undefined) throw new Error(`The function ${FunctionName} has no LAKE_BUCKET.`);
  return bucket;
}
