import { Arn, ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
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
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { GlueStartJobRun, LambdaInvoke } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { publishedTables } from '../../lambdas/daily/shared/published-tables.ts';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import type { StorageStack } from '../stacks/storage.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { curatedPrefix, dailyPrefix, rawPrefix } from './lake-bucket.ts';
import { startEachNight } from './nightly-start.ts';
import { type FunctionSetting, NodeFunction } from './node-function.ts';
import { SparkJob } from './spark-job.ts';
import { Workflow } from './workflow.ts';

export interface DailyWorkflowProps extends FunctionSetting {
  readonly kafka: KafkaCluster;
  readonly storage: StorageStack;
  readonly notifySlack: IFunction;
}

/** Of the same day or of others: each run writes to folders of its own, and the load lets one in at a time. */
const runsAtOnce = 3;

/**
 * Sums up a day: check that it is complete → Spark → check the result → publish it → tell Slack. However it ends, a message says
 * so, and until the publishing state nothing that readers see has changed. Input: `{"day": "2024-01-01"}`; without a day, yesterday.
 * @see docs/adr/0011-daily-workflow.md
 */
export class DailyWorkflow extends Construct {
  readonly #props: DailyWorkflowProps;

  constructor(scope: Construct, id: string, props: DailyWorkflowProps) {
    super(scope, id);
    this.#props = props;
    const { config, notifySlack } = props;
    const functions = {
      checkDay: this.#checkDay(),
      checkQuality: this.#checkQuality(),
      loadSummary: this.#loadSummary(),
      publishDay: this.#publishDay(),
      expireRuns: this.#expireSupersededRuns(),
      reportDay: this.#function('ReportDay', 'report-day'),
      notifySlack,
    };
    const job = this.#job();
    const daily = new Workflow(this, 'Workflow', {
      config,
      name: 'daily',
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
    startEachNight(this, { config, daily, findDueDays: this.#findDueDays() });
  }

  #definition(
    functions: Readonly<
      Record<
        | 'checkDay'
        | 'checkQuality'
        | 'loadSummary'
        | 'publishDay'
        | 'expireRuns'
        | 'reportDay'
        | 'notifySlack',
        IFunction
      >
    >,
    job: SparkJob,
  ): IChainable {
    const begin = new Pass(this, 'Begin', {
      parameters: {
        given: JsonPath.objectAt('$'),
        executionId: JsonPath.stringAt('$$.Execution.Id'),
        startedAt: JsonPath.stringAt('$$.Execution.StartTime'),
        check: {},
      },
    });
    const report = this.#invoke('Report', functions.reportDay, undefined, '$.message');
    const guarded = <T extends TaskStateBase>(task: T): T => {
      task.addCatch(report, { errors: ['States.ALL'], resultPath: '$.failure' });
      return task;
    };

    const check = guarded(
      this.#invoke(
        'CheckDay',
        functions.checkDay,
        {
          given: JsonPath.objectAt('$.given'),
          executionId: JsonPath.stringAt('$.executionId'),
          startedAt: JsonPath.stringAt('$.startedAt'),
          lastCheck: JsonPath.objectAt('$.check'),
        },
        '$.check',
      ),
    );
    const wait = new Wait(this, 'WaitForTheDay', {
      time: WaitTime.secondsPath('$.check.pollSeconds'),
    });
    const summarize = guarded(this.#summarize(job));
    const run = { day: JsonPath.stringAt('$.check.day'), runId: JsonPath.stringAt('$.check.runId') };
    const judge = guarded(
      this.#invoke(
        'CheckQuality',
        functions.checkQuality,
        { ...run, rows: JsonPath.numberAt('$.check.rows') },
        '$.quality',
      ),
    );
    const load = guarded(
      this.#invoke(
        'LoadSummary',
        functions.loadSummary,
        { ...run, report: JsonPath.objectAt('$.quality.report') },
        '$.loaded',
      ),
    );

    const day = { day: JsonPath.stringAt('$.check.day') };
    const publish = guarded(this.#invoke('PublishPartitions', functions.publishDay, day, '$.published'));
    const expire = this.#invoke('ExpireRuns', functions.expireRuns, day, '$.expired');
    // The day is published all the same, and the next run removes what this one could not.
    expire.addCatch(report, { errors: ['States.ALL'], resultPath: '$.expired' });

    const isPublished = Condition.and(Condition.isPresent('$.loaded'), Condition.isNotPresent('$.failure'));
    const ended = new Choice(this, 'Published')
      .when(isPublished, new Succeed(this, 'Done'))
      .otherwise(new Fail(this, 'NotPublished', { error: 'NotPublished', causePath: '$.message.body' }));
    const tell = this.#invoke('TellSlack', functions.notifySlack, {}, '$.told');
    // The message waits in the database, and the sensor looks there.
    tell.addCatch(ended, { errors: ['States.ALL'], resultPath: '$.told' });
    report.addCatch(new Fail(this, 'CannotReport', { errorPath: '$.Error', causePath: '$.Cause' }), {
      errors: ['States.ALL'],
    });
    report.next(tell).next(ended);

    summarize
      .next(judge)
      .next(
        new Choice(this, 'IsGood')
          .when(Condition.booleanEquals('$.quality.passed', true), load)
          .otherwise(report),
      );
    load.next(publish).next(expire).next(report);
    return begin
      .next(check)
      .next(
        new Choice(this, 'IsComplete')
          .when(Condition.stringEquals('$.check.status', 'complete'), summarize)
          .when(Condition.stringEquals('$.check.status', 'waiting'), wait.next(check))
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

  #summarize(job: SparkJob): GlueStartJobRun {
    const task = new GlueStartJobRun(this, 'Summarize', {
      glueJobName: job.name,
      integrationPattern: IntegrationPattern.RUN_JOB,
      arguments: TaskInput.fromObject({
        '--day': JsonPath.stringAt('$.check.day'),
        '--run-id': JsonPath.stringAt('$.check.runId'),
        '--ingest-dates': JsonPath.stringAt('$.check.ingestDates'),
        '--alert-counts': JsonPath.stringAt('$.check.alertCounts'),
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

  /** The one of the analytics stack. */
  get #database(): string {
    return `isobar_${this.#props.config.stage}`;
  }

  /** Glue asks for the right to a table, to its database and to the catalog. */
  #grantCatalog(grantee: IGrantable, actions: string[]): void {
    const arn = (resource: string) =>
      Arn.format({ service: 'glue', resource, arnFormat: ArnFormat.NO_RESOURCE_NAME }, Stack.of(this));
    const tables = Object.keys(publishedTables).map((table) => arn(`table/${this.#database}/${table}`));
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions,
        resources: [arn('catalog'), arn(`database/${this.#database}`), ...tables],
      }),
    );
  }

  #job(): SparkJob {
    const { config, storage } = this.#props;
    const job = new SparkJob(this, 'DailySummary', {
      config,
      script: 'daily_summary',
      name: 'daily-summary',
      workers: config.daily.workers,
      timeout: Duration.hours(2),
      maxConcurrentRuns: runsAtOnce,
      arguments: { '--lake': `s3://${storage.lake.bucket.bucketName}` },
    });
    storage.lake.grantRead(job, rawPrefix);
    storage.lake.grantReplace(job, curatedPrefix);
    storage.lake.grantReplace(job, dailyPrefix);
    return job;
  }

  #findDueDays(): NodeFunction {
    const { daily } = this.#props.config;
    return this.#function('FindTheDueDays', 'find-due-days', {
      CORRECTED_FOR_DAYS: String(daily.correctedForDays),
      CORRECTIONS_PER_NIGHT: String(daily.correctionsPerNight),
    });
  }

  #checkDay(): NodeFunction {
    const { config, kafka, storage } = this.#props;
    const check = this.#function('CheckTheDay', 'check-day', {
      KAFKA_BROKERS: kafka.bootstrapBrokers,
      KAFKA_AUTH: config.kafka.access.auth,
      LAKE_BUCKET: storage.lake.bucket.bucketName,
      DAY_GRACE_MINUTES: String(config.daily.graceMinutes),
      DAY_WAIT_MINUTES: String(config.daily.waitMinutes),
      DAY_POLL_SECONDS: String(config.daily.pollSeconds),
    });
    kafka.grantDescribe(check, topics.weatherData);
    storage.lake.grantWrite(check, dailyPrefix);
    return check;
  }

  #checkQuality(): NodeFunction {
    const { config, storage } = this.#props;
    const check = this.#function('CheckDayQuality', 'check-day-quality', {
      LAKE_BUCKET: storage.lake.bucket.bucketName,
      MIN_HOURS_SEEN: String(config.daily.minHoursSeen),
      INCOMING_FILES_QUEUE_URL: storage.incomingFiles.queueUrl,
    });
    storage.lake.grantRead(check, dailyPrefix);
    check.addToRolePolicy(
      new PolicyStatement({
        actions: ['sqs:GetQueueAttributes'],
        resources: [storage.incomingFiles.queueArn],
      }),
    );
    return check;
  }

  #loadSummary(): NodeFunction {
    const load = this.#function('LoadDailySummary', 'load-daily-summary');
    this.#props.storage.lake.grantRead(load, dailyPrefix);
    return load;
  }

  #publishDay(): NodeFunction {
    const publish = this.#function('PublishDay', 'publish-day', this.#lakeAndCatalog);
    this.#grantCatalog(publish, ['glue:GetTable', 'glue:CreatePartition', 'glue:UpdatePartition']);
    return publish;
  }

  #expireSupersededRuns(): NodeFunction {
    const { lake } = this.#props.storage;
    const expire = this.#function('ExpireSupersededRuns', 'expire-superseded-runs', this.#lakeAndCatalog);
    lake.grantRemove(expire, curatedPrefix);
    lake.grantRemove(expire, dailyPrefix);
    this.#grantCatalog(expire, ['glue:GetPartition']);
    return expire;
  }

  get #lakeAndCatalog(): Record<string, string> {
    return {
      LAKE_BUCKET: this.#props.storage.lake.bucket.bucketName,
      CATALOG_DATABASE: this.#database,
    };
  }

  #function(id: string, folder: string, environment: Readonly<Record<string, string>> = {}): NodeFunction {
    const { config, network, bundles, storage } = this.#props;
    const created = new NodeFunction(this, id, {
      config,
      network,
      bundles,
      folder,
      memoryMb: 512,
      timeout: Duration.minutes(1),
      environment: { ...storage.database.environment, ...environment },
    });
    storage.database.grantConnect(created);
    return created;
  }
}
