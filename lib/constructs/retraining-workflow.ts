import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import {
  Choice,
  Condition,
  Fail,
  type IChainable,
  JsonPath,
  Pass,
  Succeed,
} from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { invoke } from './invoke.ts';
import { modelsPrefix } from './lake-bucket.ts';
import { type FunctionSetting, NodeFunction } from './node-function.ts';
import { ReportedOutcome } from './reported-outcome.ts';
import { SparkJob } from './spark-job.ts';
import type { Stores } from './stores.ts';
import { Workflow } from './workflow.ts';

export interface RetrainingWorkflowProps extends FunctionSetting {
  readonly storage: Stores;
  readonly notifySlack: IFunction;
}

interface Functions {
  readonly exportRows: IFunction;
  readonly compare: IFunction;
  readonly promote: IFunction;
  readonly report: IFunction;
  readonly notifySlack: IFunction;
}

/** The training data of the model that is in use until another is promoted. */
const shippedReferenceFile = join(
  import.meta.dirname,
  '../../lambdas/fraud/score-transaction/shipped-model/reference.json',
);

/** Where the job may write: the models it trains. `current` and `challenger`, which name two, are outside. */
const trainedPrefix = `${modelsPrefix}trained-`;

/**
 * Retrains the fraud model each week: export labelled transactions → train a model with Spark → compare it,
 * on newer transactions, with the model in use → promote it if it is better, else let it score in shadow →
 * tell Slack.
 * Scoring does not change before a model is promoted, and Slack is told of every outcome.
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
      report: this.#function('ReportTraining', 'report-training', {}),
      notifySlack,
    };
    for (const each of [functions.exportRows, functions.compare, functions.report])
      props.storage.database.connect(each, 'fraud');
    const job = this.#job();
    const { machine } = new Workflow(this, 'Workflow', {
      config,
      name: 'retraining',
      definition: this.#definition(functions, job),
      timeout: Duration.hours(6),
      uses: { functions: Object.values(functions), job },
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
    const failed = new Fail(this, 'NotRetrained', { error: 'NotRetrained', causePath: '$.message.body' });
    const outcome = new ReportedOutcome(this, 'Outcome', {
      report: functions.report,
      notifySlack: functions.notifySlack,
      decide: new Choice(this, 'WentWell')
        .when(Condition.isPresent('$.failure'), failed)
        .otherwise(new Succeed(this, 'Done')),
    });

    const exportRows = outcome.onError(
      invoke(this, 'ExportTrainingRows', functions.exportRows, {
        payload: execution,
        resultPath: '$.exported',
      }),
    );
    const train = outcome.onError(
      job.run(this, 'Train', {
        '--data': JsonPath.stringAt('$.exported.data'),
        '--version': JsonPath.stringAt('$.exported.version'),
        '--trained-at': JsonPath.stringAt('$.exported.trainedAt'),
      }),
    );
    const compare = outcome.onError(
      invoke(this, 'CompareModels', functions.compare, {
        payload: {
          version: JsonPath.stringAt('$.exported.version'),
          heldOut: JsonPath.objectAt('$.exported.heldOut'),
        },
        resultPath: '$.comparison',
      }),
    );
    const promote = outcome.onError(
      invoke(this, 'PromoteModel', functions.promote, {
        payload: {
          version: JsonPath.stringAt('$.comparison.candidate.version'),
          eTag: JsonPath.stringAt('$.comparison.current.eTag'),
          before: JsonPath.stringAt('$.comparison.current.version'),
        },
        resultPath: '$.promotion',
      }),
    );

    const shadow = outcome.onError(
      invoke(this, 'ScoreInShadow', functions.promote, {
        payload: { challenger: JsonPath.stringAt('$.comparison.candidate.version') },
        resultPath: '$.shadow',
      }),
    );

    train
      .next(compare)
      .next(
        new Choice(this, 'IsBetter')
          .when(Condition.booleanEquals('$.comparison.isBetter', true), promote.next(outcome.report))
          .otherwise(shadow.next(outcome.report)),
      );
    return begin
      .next(exportRows)
      .next(
        new Choice(this, 'AreEnough')
          .when(Condition.stringEquals('$.exported.status', 'exported'), train)
          .otherwise(outcome.report),
      );
  }

  #job(): SparkJob {
    const { config, storage } = this.#props;
    const shippedReference = new Asset(this, 'ShippedReference', { path: shippedReferenceFile });
    const job = new SparkJob(this, 'TrainFraudModel', {
      config,
      script: 'train_fraud_model',
      packages: ['fraud_report'],
      name: 'train-fraud-model',
      workers: config.retraining.workers,
      timeout: Duration.hours(2),
      maxConcurrentRuns: 1,
      arguments: {
        // Glue has numpy and SciPy, which it needs. Locally it is in glue-scripts/requirements-training.txt.
        '--additional-python-modules': 'lightgbm==4.6.0',
        '--lake': `s3://${storage.lake.bucket.bucketName}`,
        // Rows with the trainer's scores. compare-models refuses a model that gives them other scores.
        '--golden': '500',
        '--shipped-reference': shippedReference.s3ObjectUrl,
      },
    });
    job.grantReadAsset(shippedReference);
    // The model in use, from which the report measures drift.
    storage.lake.grantRead(job, `${modelsPrefix}current`);
    storage.lake.grantRead(job, `${modelsPrefix}training/`);
    storage.lake.grantReplaceInParts(job, trainedPrefix);
    return job;
  }

  #exportRows(): NodeFunction {
    const { config, storage } = this.#props;
    const { retraining } = config;
    const exportRows = this.#function('ExportRows', 'export-training-rows', {
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
    const compare = this.#function('Compare', 'compare-models', {
      ...this.#lakeEnvironment,
      PROMOTION_MARGIN: String(config.retraining.promotionMargin),
    });
    storage.lake.grantRead(compare, modelsPrefix);
    return compare;
  }

  #promote(): NodeFunction {
    const promote = this.#function('Promote', 'promote-model', this.#lakeEnvironment);
    for (const pointer of ['current', 'challenger'])
      this.#props.storage.lake.grantWrite(promote, `${modelsPrefix}${pointer}`);
    // To end a challenger.
    this.#props.storage.lake.grantDelete(promote, `${modelsPrefix}challenger`);
    return promote;
  }

  get #lakeEnvironment(): Record<string, string> {
    return { LAKE_BUCKET: this.#props.storage.lake.bucket.bucketName };
  }

  #function(id: string, folder: string, environment: Readonly<Record<string, string>>): NodeFunction {
    return new NodeFunction(this, id, {
      ...this.#props,
      folder,
      memoryMb: 1024,
      timeout: Duration.minutes(10),
      environment,
    });
  }
}
