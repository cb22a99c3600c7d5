import { Duration } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import { JsonPath, TaskInput } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';
import { startOnce, startOnSchedule } from './starter.ts';
import type { Workflow } from './workflow.ts';

export interface HourlyStartProps {
  readonly config: AppConfig;
  /** Name of the workflow without the prefix of project and stage. */
  readonly name: string;
  readonly workflow: Workflow;
  /** Minute of the hour, in UTC. */
  readonly minute: number;
  /** Input of an execution, from its hour, such as 2024-07-01T12. */
  readonly input: (hour: string) => Record<string, unknown>;
}

/**
 * Starts a workflow once an hour. An execution is named for its hour.
 * @see docs/adr/0009-sensor.md
 */
export function startEachHour(
  scope: Construct,
  { config, name, workflow, minute, input }: HourlyStartProps,
): void {
  const startTime = JsonPath.stringSplit(JsonPath.stringAt('$$.Execution.StartTime'), ':');
  const hour = JsonPath.arrayGetItem(startTime, 0);
  startOnSchedule(scope, {
    config,
    name,
    workflow,
    definition: startOnce(scope, 'StartThisHour', {
      taken: 'HourIsTaken',
      stateMachine: workflow.machine,
      name: hour,
      input: TaskInput.fromObject(input(hour)),
    }),
    timeout: Duration.minutes(5),
    rule: { id: 'EveryHour', schedule: Schedule.cron({ minute: String(minute) }) },
  });
}
