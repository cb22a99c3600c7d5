import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type Choice, Fail, type TaskStateBase } from 'aws-cdk-lib/aws-stepfunctions';
import type { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { invoke } from './invoke.ts';

export interface ReportedOutcomeProps {
  /** Stores the message about the execution in the database. Its event is the state of the execution. */
  readonly report: IFunction;
  readonly notifySlack: IFunction;
  /** Decides whether the execution succeeded. */
  readonly decide: Choice;
}

/** The last states of a workflow: report the outcome of the execution, tell Slack, and succeed or fail. */
export class ReportedOutcome extends Construct {
  /** The first of the states. Each path through the workflow leads here. */
  readonly report: LambdaInvoke;

  constructor(scope: Construct, id: string, { report, notifySlack, decide }: ReportedOutcomeProps) {
    super(scope, id);
    this.report = invoke(this, 'Report', report, { resultPath: '$.message' });
    this.report.addCatch(new Fail(this, 'CannotReport', { errorPath: '$.Error', causePath: '$.Cause' }), {
      errors: ['States.ALL'],
    });
    const tell = invoke(this, 'TellSlack', notifySlack, { payload: {}, resultPath: '$.told' });
    // The message waits in the database, where the sensor finds it.
    tell.addCatch(decide, { errors: ['States.ALL'], resultPath: '$.told' });
    this.report.next(tell).next(decide);
  }

  /** Skips to the report when the task fails, with its error at `errorPath` in the state of the execution. */
  onError<T extends TaskStateBase>(task: T, errorPath = '$.failure'): T {
    task.addCatch(this.report, { errors: ['States.ALL'], resultPath: errorPath });
    return task;
  }
}
