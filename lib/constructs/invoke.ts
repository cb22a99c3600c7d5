import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { TaskInput, type TaskStateBase } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

/** Retries of a task. Each waits three times as long as the one before. */
interface Retry {
  readonly attempts: number;
  readonly firstAfter: Duration;
}

export interface InvokeProps {
  /** The function's event. Without one it is the whole state of the execution. */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Where the answer goes in the state of the execution. Without a path it replaces the state. */
  readonly resultPath?: string;
  readonly retry?: Retry;
}

/** A task that invokes a function, and retries whatever its error. */
export function invoke(
  scope: Construct,
  id: string,
  lambdaFunction: IFunction,
  { payload, resultPath, retry = { attempts: 3, firstAfter: Duration.seconds(2) } }: InvokeProps,
): LambdaInvoke {
  const task = new LambdaInvoke(scope, id, {
    lambdaFunction,
    ...(payload === undefined ? {} : { payload: TaskInput.fromObject({ ...payload }) }),
    payloadResponseOnly: true,
    // The library's own retries would multiply with these.
    retryOnServiceExceptions: false,
    ...(resultPath === undefined ? {} : { resultPath }),
  });
  return retryAll(task, retry);
}

export function retryAll<T extends TaskStateBase>(task: T, { attempts, firstAfter }: Retry): T {
  task.addRetry({ errors: ['States.ALL'], interval: firstAfter, maxAttempts: attempts, backoffRate: 3 });
  return task;
}
