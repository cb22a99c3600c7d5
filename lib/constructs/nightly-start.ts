import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Fail, Map as ForEach, type IChainable, JsonPath, TaskInput } from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';
import type { AppConfig } from '../config.ts';
import { startOnce } from './start-once.ts';
import { Workflow } from './workflow.ts';

export interface NightlyStartProps {
  readonly config: AppConfig;
  readonly daily: Workflow;
  /** Answers `{"days": […]}`. */
  readonly findDueDays: IFunction;
}

/** Past midnight, in UTC: soon, so that the daily workflow waits for locations that have not been heard of since. */
export const startMinute = 15;

/** Starts the daily workflow each night for each day that is due, under the names of both, which keeps it from starting twice. */
export function startEachNight(scope: Construct, props: NightlyStartProps): void {
  const { config, daily, findDueDays } = props;
  const starter = new Workflow(scope, 'Start', {
    config,
    name: 'daily-starter',
    definition: definition(scope, props),
    timeout: Duration.minutes(15),
    rights: [
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [findDueDays.functionArn] }),
      new PolicyStatement({
        actions: ['states:StartExecution'],
        resources: [daily.machine.stateMachineArn],
      }),
    ],
  });
  new Rule(scope, 'EveryDay', {
    ruleName: `isobar-${config.stage}-daily`,
    schedule: Schedule.cron({ hour: '0', minute: String(startMinute) }),
    targets: [new SfnStateMachine(starter.machine)],
  });
}

function definition(scope: Construct, { daily, findDueDays }: NightlyStartProps): IChainable {
  const find = new LambdaInvoke(scope, 'FindDueDays', {
    lambdaFunction: findDueDays,
    payload: TaskInput.fromObject({ startedAt: JsonPath.stringAt('$$.Execution.StartTime') }),
    payloadResponseOnly: true,
    retryOnServiceExceptions: false,
  });
  find.addRetry({ errors: ['States.ALL'], interval: Duration.seconds(5), maxAttempts: 4, backoffRate: 3 });
  find.addCatch(new Fail(scope, 'CannotFindDays', { errorPath: '$.Error', causePath: '$.Cause' }), {
    errors: ['States.ALL'],
  });

  const start = startOnce(scope, 'StartDay', {
    taken: 'DayIsTaken',
    stateMachine: daily.machine,
    name: JsonPath.stringAt('$.name'),
    input: TaskInput.fromObject({ day: JsonPath.stringAt('$.day') }),
    resultPath: JsonPath.DISCARD,
  });

  const day = JsonPath.stringAt('$$.Map.Item.Value');
  const startTime = JsonPath.stringSplit(JsonPath.stringAt('$$.Execution.StartTime'), 'T');
  const forEach = new ForEach(scope, 'StartDays', {
    itemsPath: '$.days',
    itemSelector: { day, name: JsonPath.format('{}-on-{}', day, JsonPath.arrayGetItem(startTime, 0)) },
    // In their order: yesterday comes before what is corrected.
    maxConcurrency: 1,
    resultPath: JsonPath.DISCARD,
  });
  forEach.itemProcessor(start);
  return find.next(forEach);
}
