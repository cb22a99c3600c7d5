import { Duration } from 'aws-cdk-lib';
import { Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import {
  StepFunctionsStartExecution,
  type StepFunctionsStartExecutionJsonPathProps,
} from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

/** Starts an execution under a name, by which a second one does not start: that the name is taken is a success, under the id `taken`. */
export function startOnce(
  scope: Construct,
  id: string,
  { taken, ...execution }: StepFunctionsStartExecutionJsonPathProps & { readonly taken: string },
): StepFunctionsStartExecution {
  const start = StepFunctionsStartExecution.jsonPath(scope, id, execution);
  const errors = ['StepFunctions.ExecutionAlreadyExistsException'];
  start.addRetry({ errors, maxAttempts: 0 });
  start.addRetry({
    errors: ['States.TaskFailed'],
    interval: Duration.seconds(5),
    maxAttempts: 3,
    backoffRate: 2,
  });
  start.addCatch(new Succeed(scope, taken), { errors });
  return start;
}
