import { Duration } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  JsonPath,
  Succeed,
  TaskInput,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';
import { startEachHour } from './hourly-start.ts';
import { Workflow } from './workflow.ts';

export interface SensorWorkflowProps {
  readonly config: AppConfig;
  readonly notifySlack: IFunction;
}

/**
 * Sends to Slack the rows that no nudge has sent: an execution an hour, which invokes notify-slack in rounds.
 * @see docs/adr/0009-sensor.md
 */
export class SensorWorkflow extends Construct {
  readonly #config: AppConfig;
  readonly #notifySlack: IFunction;

  constructor(scope: Construct, id: string, { config, notifySlack }: SensorWorkflowProps) {
    super(scope, id);
    this.#config = config;
    this.#notifySlack = notifySlack;
    const sensor = new Workflow(this, 'Watch', {
      config,
      name: 'sensor',
      definition: this.#watchForAnHour(),
      // An execution must end before the next one starts.
      timeout: Duration.hours(1),
      uses: { functions: [notifySlack] },
    });
    startEachHour(this, {
      config,
      name: 'sensor',
      workflow: sensor,
      // By then the previous execution has ended, and a rule that fires early still names the right hour.
      minute: 1,
      // The last minute is left for the current round to end in.
      input: (hour) => ({ endsAt: JsonPath.format('{}:59', hour) }),
    });
  }

  #watchForAnHour(): IChainable {
    const within = new Choice(this, 'WithinTheHour');
    const tell = new LambdaInvoke(this, 'TellSlack', {
      lambdaFunction: this.#notifySlack,
      payload: TaskInput.fromObject({ job: 'sensor' }),
      retryOnServiceExceptions: false,
      resultSelector: { told: JsonPath.objectAt('$.Payload') },
      resultPath: '$.last',
    });
    const wait = new Wait(this, 'Wait', {
      time: WaitTime.duration(Duration.seconds(this.#config.sensor.pollSeconds)),
    });
    tell.addRetry({ errors: ['States.ALL'], interval: Duration.seconds(2), maxAttempts: 2, backoffRate: 2 });
    // The next round may succeed. The execution fails only if the last round did.
    tell.addCatch(wait, { errors: ['States.ALL'], resultPath: '$.last' });
    const wentWell = new Choice(this, 'LastRoundWentWell')
      .when(
        Condition.isPresent('$.last.Error'),
        new Fail(this, 'CannotTellSlack', { errorPath: '$.last.Error', causePath: '$.last.Cause' }),
      )
      .otherwise(new Succeed(this, 'HourIsOver'));
    // Times in ISO format sort as strings, with or without fractions of a second.
    return within
      .when(
        Condition.stringLessThanJsonPath('$$.State.EnteredTime', '$.endsAt'),
        tell.next(wait).next(within),
      )
      .otherwise(wentWell);
  }
}
