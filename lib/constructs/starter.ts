import { Duration } from 'aws-cdk-lib';
import { Rule, type Schedule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { type IChainable, Succeed } from 'aws-cdk-lib/aws-stepfunctions';
import {
  StepFunctionsStartExecution,
  type StepFunctionsStartExecutionJsonPathProps,
} from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';
import { Workflow } from './workflow.ts';

export interface StarterProps {
  readonly config: AppConfig;
  /** Name of the workflow that is started, without the prefix of project and stage. */
  readonly name: string;
  readonly workflow: Workflow;
  /** States that start the workflow, with `startOnce`. */
  readonly definition: IChainable;
  readonly functions?: readonly IFunction[];
  readonly timeout: Duration;
  readonly rule: { readonly id: string; readonly schedule: Schedule };
}

/** Starts a workflow on a schedule, through a second state machine: a rule cannot name an execution. */
export function startOnSchedule(scope: Construct, props: StarterProps): void {
  const { config, name, workflow, definition, functions = [], timeout, rule } = props;
  const starter = new Workflow(scope, 'Start', {
    config,
    name: `${name}-starter`,
    definition,
    timeout,
    uses: { functions, starts: workflow.machine },
  });
  new Rule(scope, rule.id, {
    ruleName: `isobar-${config.stage}-${name}`,
    schedule: rule.schedule,
    targets: [new SfnStateMachine(starter.machine)],
  });
}

interface StartOnceProps extends StepFunctionsStartExecutionJsonPathProps {
  /** Step Functions gives a name to one execution only. */
  readonly name: string;
  /** Id of the state that follows when the name is taken. It succeeds: the execution was started before. */
  readonly taken: string;
}

/** A task that starts an execution under a name, unless there is one of this name. */
export function startOnce(
  scope: Construct,
  id: string,
  { taken, ...execution }: StartOnceProps,
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
