import { Duration } from 'aws-cdk-lib';
import { Schedule } from 'aws-cdk-lib/aws-events';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Fail, Map as ForEach, type IChainable, JsonPath, TaskInput } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';
import { invoke } from './invoke.ts';
import { startOnce, startOnSchedule } from './starter.ts';
import type { Workflow } from './workflow.ts';

export interface NightlyStartProps {
  readonly config: AppConfig;
  readonly daily: Workflow;
  /** Answers `{"days": ["2024-01-01", …]}`. */
  readonly findDueDays: IFunction;
}

/** Minutes after midnight, UTC. The daily workflow itself then waits for locations that fell silent. */
export const startMinute = 15;

/** Starts the daily workflow once a night for each due day. Day and night make the name of an execution. */
export function startEachNight(scope: Construct, props: NightlyStartProps): void {
  const { config, daily, findDueDays } = props;
  startOnSchedule(scope, {
    config,
    name: 'daily',
    workflow: daily,
    definition: definition(scope, props),
    functions: [findDueDays],
    timeout: Duration.minutes(15),
    rule: { id: 'EveryDay', schedule: Schedule.cron({ hour: '0', minute: String(startMinute) }) },
  });
}

function definition(scope: Construct, { daily, findDueDays }: NightlyStartProps): IChainable {
  const find = invoke(scope, 'FindDueDays', findDueDays, {
    payload: { startedAt: JsonPath.stringAt('$$.Execution.StartTime') },
    retry: { attempts: 4, firstAfter: Duration.seconds(5) },
  });
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
    // One after the other: yesterday first, then the days to correct.
    maxConcurrency: 1,
    resultPath: JsonPath.DISCARD,
  });
  forEach.itemProcessor(start);
  return find.next(forEach);
}
