import { Arn, ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  JsonPath,
  Pass,
  Succeed,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { publishedTables } from '../../lambdas/daily/shared/published-tables.ts';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import { invoke } from './invoke.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { curatedPrefix, dailyPrefix, rawPrefix } from './lake-bucket.ts';
import { startEachNight } from './nightly-start.ts';
import { type FunctionSetting, NodeFunction } from './node-function.ts';
import { ReportedOutcome } from './reported-outcome.ts';
import { SparkJob } from './spark-job.ts';
import type { Stores } from './stores.ts';
import { Workflow } from './workflow.ts';

export interface DailyWorkflowProps extends FunctionSetting {
  readonly kafka: KafkaCluster;
  readonly storage: Stores;
  readonly notifySlack: IFunction;
}

/** Runs of the job at a time, even of one day: each writes to its own folders, and the load locks the day. */
const maxConcurrentRuns = 3;

interface Functions {
  readonly checkDay: IFunction;
  readonly checkQuality: IFunction;
  readonly loadSummary: IFunction;
  readonly publishDay: IFunction;
  readonly expireRuns: IFunction;
  readonly reportDay: IFunction;
  readonly notifySlack: IFunction;
}

/**
 * Builds the summary of a day: check that the day is complete → Spark → check the result → publish it → tell
 * Slack. Readers see no change before the day is published, and Slack is told of every outcome.
 * Input: `{"day": "2024-01-01"}`; without a day, yesterday.
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
      uses: { functions: Object.values(functions), job },
    });
    startEachNight(this, { config, daily, findDueDays: this.#findDueDays() });
  }

  #definition(functions: Functions, job: SparkJob): IChainable {
    const begin = new Pass(this, 'Begin', {
      parameters: {
        given: JsonPath.objectAt('$'),
        executionId: JsonPath.stringAt('$$.Execution.Id'),
        startedAt: JsonPath.stringAt('$$.Execution.StartTime'),
        check: {},
      },
    });
    const isPublished = Condition.and(Condition.isPresent('$.loaded'), Condition.isNotPresent('$.failure'));
    const outcome = new ReportedOutcome(this, 'Outcome', {
      report: functions.reportDay,
      notifySlack: functions.notifySlack,
      decide: new Choice(this, 'Published')
        .when(isPublished, new Succeed(this, 'Done'))
        .otherwise(new Fail(this, 'NotPublished', { error: 'NotPublished', causePath: '$.message.body' })),
    });

    const check = outcome.onError(
      invoke(this, 'CheckDay', functions.checkDay, {
        payload: {
          given: JsonPath.objectAt('$.given'),
          executionId: JsonPath.stringAt('$.executionId'),
          startedAt: JsonPath.stringAt('$.startedAt'),
          lastCheck: JsonPath.objectAt('$.check'),
        },
        resultPath: '$.check',
      }),
    );
    const wait = new Wait(this, 'WaitForTheDay', { time: WaitTime.secondsPath('$.check.pollSeconds') });
    const summarize = outcome.onError(
      job.run(this, 'Summarize', {
        '--day': JsonPath.stringAt('$.check.day'),
        '--run-id': JsonPath.stringAt('$.check.runId'),
        '--ingest-dates': JsonPath.stringAt('$.check.ingestDates'),
        '--alert-counts': JsonPath.stringAt('$.check.alertCounts'),
        '--versions': JsonPath.stringAt('$.check.versions'),
      }),
    );
    const day = { day: JsonPath.stringAt('$.check.day') };
    const run = { ...day, runId: JsonPath.stringAt('$.check.runId') };
    const checkQuality = outcome.onError(
      invoke(this, 'CheckQuality', functions.checkQuality, {
        payload: { ...run, rows: JsonPath.numberAt('$.check.rows') },
        resultPath: '$.quality',
      }),
    );
    const load = outcome.onError(
      invoke(this, 'LoadSummary', functions.loadSummary, {
        payload: {
          ...run,
          superseded: JsonPath.stringAt('$.check.superseded'),
          report: JsonPath.objectAt('$.quality.report'),
        },
        resultPath: '$.loaded',
      }),
    );
    const publish = outcome.onError(
      invoke(this, 'PublishPartitions', functions.publishDay, { payload: day, resultPath: '$.published' }),
    );
    // The day is published even if this fails. The next run removes what this one could not.
    const expire = outcome.onError(
      invoke(this, 'ExpireRuns', functions.expireRuns, { payload: day, resultPath: '$.expired' }),
      '$.expired',
    );

    load.next(publish).next(expire).next(outcome.report);
    summarize
      .next(checkQuality)
      .next(
        new Choice(this, 'IsGood')
          .when(Condition.booleanEquals('$.quality.passed', true), load)
          .otherwise(outcome.report),
      );
    return begin
      .next(check)
      .next(
        new Choice(this, 'IsComplete')
          .when(Condition.stringEquals('$.check.status', 'complete'), summarize)
          .when(Condition.stringEquals('$.check.status', 'waiting'), wait.next(check))
          .otherwise(outcome.report),
      );
  }

  /** Name of the catalog's database, which the analytics stack creates. */
  get #database(): string {
    return `isobar_${this.#props.config.stage}`;
  }

  /** Glue requires the right on the table, on its database and on the catalog. */
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
      maxConcurrentRuns,
      arguments: { '--lake': `s3://${storage.lake.bucket.bucketName}` },
    });
    storage.lake.grantRead(job, rawPrefix);
    storage.lake.grantReplaceInParts(job, curatedPrefix);
    storage.lake.grantReplaceInParts(job, dailyPrefix);
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
      ...kafka.environment,
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
      OBSERVATION_LIMITS: JSON.stringify(config.observationLimits),
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
    lake.grantDelete(expire, curatedPrefix);
    lake.grantDelete(expire, dailyPrefix);
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
    const { database } = this.#props.storage;
    const created = new NodeFunction(this, id, {
      ...this.#props,
      folder,
      memoryMb: 512,
      timeout: Duration.minutes(1),
      environment: { ...environment },
    });
    database.connect(created, 'weather');
    return created;
  }
}
