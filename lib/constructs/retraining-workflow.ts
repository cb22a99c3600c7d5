import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  IntegrationPattern,
  JsonPath,
  Pass,
  Succeed,
  TaskInput,
  type TaskStateBase,
} from 'aws-cdk-lib/aws-stepfunctions';
import { GlueStartJobRun, LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { StorageStack } from '../stacks/storage.ts';
import { modelsPrefix } from './lake-bucket.ts';
import { type FunctionSetting, NodeFunction } from './node-function.ts';
import { SparkJob } from './spark-job.ts';
import { Workflow } from './workflow.ts';

export interface RetrainingWorkflowProps extends FunctionSetting {
  readonly storage: StorageStack;
  readonly notifySlack: IFunction;
}

const folders = {
  exportRows: 'export-training-rows',
  compare: 'compare-models',
  promote: 'promote-model',
  report: 'report-training',
} as const;

type Functions = Readonly<Record<keyof typeof folders | 'notifySlack', IFunction>>;

/** Of what the job may write: a model that it has trained, and not the object that says which one is in use. */
const trainedPrefix = `${modelsPrefix}trained-`;

/**
 * Each week: labelled transactions into the lake → Spark trains a model on them → it and the one in use judge newer ones → the better
 * one is used. However it ends, a message says so, and until the promoting state nothing that scores has changed.
 * @see docs/adr/0016-labels-and-retraining.md
 */
export class RetrainingWorkflow extends Construct {
  readonly #props: RetrainingWorkflowProps;

  constructor(scope: Construct, id: string, props: RetrainingWorkflowProps) {
    super(scope, id);
    this.#props = props;
    const { config, notifySlack } = props;
    const functions = {
      exportRows: this.#exportRows(),
      compare: this.#compare(),
      promote: this.#promote(),
      report: this.#function('ReportTraining', folders.report, this.#databaseEnvironment),
      notifySlack,
    };
    for (const each of [functions.exportRows, functions.compare, functions.report])
      props.storage.database.grantConnect(each);
    const job = this.#job();
    const { machine } = new Workflow(this, 'Workflow', {
      config,
      name: 'retraining',
      definition: this.#definition(functions, job),
      timeout: Duration.hours(6),
      rights: [
        new PolicyStatement({
          actions: ['lambda:InvokeFunction'],
          resources: Object.values(functions).map(({ functionArn }) => functionArn),
        }),
        new PolicyStatement({
          actions: ['glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun'],
          resources: [job.arn],
        }),
      ],
    });
    new Rule(this, 'EveryWeek', {
      ruleName: `isobar-${config.stage}-retraining`,
      schedule: Schedule.cron({ weekDay: 'SUN', hour: '3', minute: '30' }),
      targets: [new SfnStateMachine(machine, { input: RuleTargetInput.fromObject({}) })],
    });
  }

  #definition(functions: Functions, job: SparkJob): IChainable {
    const execution = {
      executionId: JsonPath.stringAt('$$.Execution.Id'),
      startedAt: JsonPath.stringAt('$$.Execution.StartTime'),
    };
    const begin = new Pass(this, 'Begin', { parameters: execution });
    const report = this.#invoke('Report', functions.report, undefined, '$.message');
    const guarded = <T extends TaskStateBase>(task: T): T => {
      task.addCatch(report, { errors: ['States.ALL'], resultPath: '$.failure' });
      return task;
    };
    const exportRows = guarded(
      this.#invoke('ExportTrainingRows', functions.exportRows, execution, '$.exported'),
    );
    const train = guarded(this.#train(job));
    const compare = guarded(
      this.#invoke(
        'CompareModels',
        functions.compare,
        {
          version: JsonPath.stringAt('$.exported.version'),
          heldOut: JsonPath.objectAt('$.exported.heldOut'),
        },
        '$.comparison',
      ),
    );
    const promote = guarded(
      this.#invoke(
        'PromoteModel',
        functions.promote,
        {
          version: JsonPath.stringAt('$.comparison.candidate.version'),
          eTag: JsonPath.stringAt('$.comparison.current.eTag'),
        },
        '$.promotion',
      ),
    );

    const ended = new Choice(this, 'WentWell')
      .when(
        Condition.isPresent('$.failure'),
        new Fail(this, 'NotRetrained', { error: 'NotRetrained', causePath: '$.message.body' }),
      )
      .otherwise(new Succeed(this, 'Done'));
    const tell = this.#invoke('TellSlack', functions.notifySlack, {}, '$.told');
    // The message waits in the database, and the sensor looks there.
    tell.addCatch(ended, { errors: ['States.ALL'], resultPath: '$.told' });
    report.addCatch(new Fail(this, 'CannotReport', { errorPath: '$.Error', causePath: '$.Cause' }), {
      errors: ['States.ALL'],
    });
    report.next(tell).next(ended);

    train
      .next(compare)
      .next(
        new Choice(this, 'IsBetter')
          .when(Condition.booleanEquals('$.comparison.isBetter', true), promote.next(report))
          .otherwise(report),
      );
    return begin
      .next(exportRows)
      .next(
        new Choice(this, 'AreEnough')
          .when(Condition.stringEquals('$.exported.status', 'exported'), train)
          .otherwise(report),
      );
  }

  /** Without a payload of its own, the function is given all that the workflow knows. */
  #invoke(
    id: string,
    lambdaFunction: IFunction,
    payload: object | undefined,
    resultPath: string,
  ): LambdaInvoke {
    const task = new LambdaInvoke(this, id, {
      lambdaFunction,
      ...(payload === undefined ? {} : { payload: TaskInput.fromObject({ ...payload }) }),
      payloadResponseOnly: true,
      retryOnServiceExceptions: false,
      resultPath,
    });
    task.addRetry({ errors: ['States.ALL'], interval: Duration.seconds(2), maxAttempts: 3, backoffRate: 3 });
    return task;
  }

  #train(job: SparkJob): GlueStartJobRun {
    const task = new GlueStartJobRun(this, 'Train', {
      glueJobName: job.name,
      integrationPattern: IntegrationPattern.RUN_JOB,
      arguments: TaskInput.fromObject({
        '--data': JsonPath.stringAt('$.exported.data'),
        '--version': JsonPath.stringAt('$.exported.version'),
        '--trained-at': JsonPath.stringAt('$.exported.trainedAt'),
      }),
      resultPath: JsonPath.DISCARD,
    });
    task.addRetry({
      errors: ['Glue.ConcurrentRunsExceededException'],
      interval: Duration.seconds(30),
      maxAttempts: 60,
      backoffRate: 1,
    });
    task.addRetry({ errors: ['States.TaskFailed'], interval: Duration.seconds(10), maxAttempts: 1 });
    return task;
  }

  #job(): SparkJob {
    const { config, storage } = this.#props;
    const job = new SparkJob(this, 'TrainFraudModel', {
      config,
      script: 'train_fraud_model',
      name: 'train-fraud-model',
      workers: config.retraining.workers,
      timeout: Duration.hours(2),
      maxConcurrentRuns: 1,
      arguments: {
        '--lake': `s3://${storage.lake.bucket.bucketName}`,
        // By these compare-models sees that the model scores as Spark does.
        '--golden': '500',
      },
    });
    storage.lake.grantRead(job, `${modelsPrefix}training/`);
    storage.lake.grantReplace(job, trainedPrefix);
    return job;
  }

  #exportRows(): NodeFunction {
    const { config, storage } = this.#props;
    const { retraining } = config;
    const exportRows = this.#function('ExportRows', folders.exportRows, {
      ...this.#databaseEnvironment,
      ...this.#lakeEnvironment,
      TRAINING_DAYS: String(retraining.days),
      TRAINING_HELD_OUT_SHARE: String(retraining.heldOutShare),
      TRAINING_LEAST_FRAUDS: String(retraining.leastFrauds),
      TRAINING_LEAST_HELD_OUT_FRAUDS: String(retraining.leastHeldOutFrauds),
    });
    storage.lake.grantWrite(exportRows, `${modelsPrefix}training/`);
    return exportRows;
  }

  #compare(): NodeFunction {
    const { config, storage } = this.#props;
    const compare = this.#function('Compare', folders.compare, {
      ...this.#databaseEnvironment,
      ...this.#lakeEnvironment,
      PROMOTION_MARGIN: String(config.retraining.promotionMargin),
    });
    storage.lake.grantRead(compare, modelsPrefix);
    return compare;
  }

  #promote(): NodeFunction {
    const promote = this.#function('Promote', folders.promote, this.#lakeEnvironment);
    this.#props.storage.lake.grantWrite(promote, `${modelsPrefix}current`);
    return promote;
  }

  get #databaseEnvironment(): Record<string, string> {
    return this.#props.storage.database.environment;
  }

  get #lakeEnvironment(): Record<string, string> {
    return { LAKE_BUCKET: this.#props.storage.lake.bucket.bucketName };
  }

  #function(id: string, folder: string, environment: Readonly<Record<string, string>>): NodeFunction {
    const { config, network, bundles } = this.#props;
    return new NodeFunction(this, id, {
      config,
      network,
      bundles,
      folder,
      memoryMb: 1024,
      timeout: Duration.minutes(10),
      environment,
    });
  }
}
