import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { JsonPath, TaskInput } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { AppConfig } from '../config.ts';
import { startOnce } from './start-once.ts';
import { Workflow } from './workflow.ts';

export interface HourlyStartProps {
  readonly config: AppConfig;
  /** Name of the workflow without the prefix of project and stage. */
  readonly name: string;
  readonly workflow: Workflow;
  readonly minute: number;
  /** From the hour, such as 2024-07-01T12. */
  readonly input: (hour: string) => Record<string, unknown>;
}

/**
 * Starts a workflow once an hour, under the name of the hour, which keeps a second one from starting. A second machine does it, since
 * a rule cannot name an execution.
 * @see docs/adr/0009-sensor.md
 */
export function startEachHour(
  scope: Construct,
  { config, name, workflow, minute, input }: HourlyStartProps,
): void {
  const startTime = JsonPath.stringSplit(JsonPath.stringAt('$$.Execution.StartTime'), ':');
  const hour = JsonPath.arrayGetItem(startTime, 0);
  const start = startOnce(scope, 'StartThisHour', {
    taken: 'HourIsTaken',
    stateMachine: workflow.machine,
    name: hour,
    input: TaskInput.fromObject(input(hour)),
  });
  const starter = new Workflow(scope, 'Start', {
    config,
    name: `${name}-starter`,
    definition: start,
    timeout: Duration.minutes(5),
    rights: [
      new PolicyStatement({
        actions: ['states:StartExecution'],
        resources: [workflow.machine.stateMachineArn],
      }),
    ],
  });
  new Rule(scope, 'EveryHour', {
    ruleName: `isobar-${config.stage}-${name}`,
    schedule: Schedule.cron({ minute: String(minute) }),
    targets: [new SfnStateMachine(starter.machine)],
  });
}
