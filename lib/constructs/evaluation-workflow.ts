import { Duration } from 'aws-cdk-lib';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Fail, type IChainable, JsonPath, TaskInput } from 'aws-cdk-lib/aws-stepfunctions';
import { SqsSendMessage } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { fallMetrics } from '../../lambdas/fraud/shared/own-metrics.ts';
import { addAlarm } from '../observability/alarms.ts';
import { startEachHour } from './hourly-start.ts';
import { invoke, retryAll } from './invoke.ts';
import { type FunctionSetting, NodeFunction } from './node-function.ts';
import type { Stores } from './stores.ts';
import { Workflow } from './workflow.ts';

export interface EvaluationWorkflowProps extends FunctionSetting {
  readonly storage: Stores;
  /** Queue of bodies for `POST /update_metrics`. */
  readonly metricSamples: Queue;
}

/**
 * Evaluates the model by the labels known so far: each hour, and whenever a person starts it. Executions at
 * the same time wait for each other on a lock in the database.
 * @see docs/adr/0016-labels-and-retraining.md
 */
export class EvaluationWorkflow extends Construct {
  constructor(scope: Construct, id: string, props: EvaluationWorkflowProps) {
    super(scope, id);
    const { config, storage, metricSamples } = props;
    const evaluate = new NodeFunction(this, 'EvaluateModel', {
      ...props,
      folder: 'evaluate-model',
      memoryMb: 256,
      // Enough to evaluate a whole week at once.
      timeout: Duration.minutes(5),
      environment: {
        STAGE: config.stage,
        EVALUATION_SPAN_HOURS: String(config.evaluation.spanHours),
      },
    });
    storage.database.connect(evaluate, 'fraud');
    const workflow = new Workflow(this, 'Workflow', {
      config,
      name: 'evaluation',
      definition: this.#definition(evaluate, metricSamples),
      timeout: Duration.minutes(30),
      uses: { functions: [evaluate], queue: metricSamples },
    });
    for (const [figure, metricName] of Object.entries(fallMetrics))
      addAlarm(this, config.stage, {
        id: `${metricName}Alarm`,
        name: `fraud-${figure}-fell`,
        runbook: 'fraud-quality',
        metric: {
          namespace: 'Isobar',
          metricName,
          dimensionsMap: { stage: config.stage },
          statistic: 'Maximum',
        },
        above: 0,
        // It is evaluated once in each hour.
        minutes: 60,
        periods: 1,
      });
    // Not together with the sensor, which starts at minute 1.
    startEachHour(this, { config, name: 'evaluation', workflow, minute: 7, input: (hour) => ({ hour }) });
  }

  #definition(evaluate: NodeFunction, metricSamples: Queue): IChainable {
    const failed = new Fail(this, 'NotEvaluated', { errorPath: '$.Error', causePath: '$.Cause' });
    const retry = { attempts: 4, firstAfter: Duration.seconds(5) };
    const judge = invoke(this, 'Evaluate', evaluate, {
      payload: {
        executionId: JsonPath.stringAt('$$.Execution.Id'),
        startedAt: JsonPath.stringAt('$$.Execution.StartTime'),
      },
      retry,
    });
    const send = retryAll(
      new SqsSendMessage(this, 'SendFigures', {
        queue: metricSamples,
        messageBody: TaskInput.fromJsonPathAt('$.metricSamples'),
        resultPath: JsonPath.DISCARD,
      }),
      retry,
    );
    for (const task of [judge, send]) task.addCatch(failed, { errors: ['States.ALL'] });
    return judge.next(send);
  }
}
