import { Duration, Stack } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Trigger } from 'aws-cdk-lib/triggers';
import type { Construct } from 'constructs';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import type { AppConfig } from '../app-config.ts';
import { DatabaseRoles } from '../constructs/database-roles.ts';
import type { KafkaCluster } from '../constructs/kafka-cluster.ts';
import { KafkaConsumer, topicEpochs } from '../constructs/kafka-consumer.ts';
import { errorsPrefix, failedBatchesPrefix, incomingPrefix, rawPrefix } from '../constructs/lake-bucket.ts';
import { type FunctionSetting, NodeFunction } from '../constructs/node-function.ts';
import { SlackNotices } from '../constructs/slack-notices.ts';
import { WorkQueue } from '../constructs/work-queue.ts';
import type { NetworkStack } from './network.ts';
import { batchTimeout, ingestTimeout, type StorageStack } from './storage.ts';

export interface WeatherStackProps {
  readonly config: AppConfig;
  readonly network: NetworkStack;
  readonly kafka: KafkaCluster;
  readonly storage: StorageStack;
  /** Directory that holds one bundle per folder of lambdas/. */
  readonly bundles: string;
}

const { weatherData, retryData, errorData } = topics;

/** For one digest, and the pauses that Slack asks for. */
const slackTimeout = Duration.minutes(1);

/** For ten small messages, with time for a broker to be replaced. */
const returnTimeout = Duration.minutes(1);

/** With this memory, Lambda gives a function one whole CPU. */
const oneCpuMb = 1769;

/** The weather pipeline. Its functions are in the order in which a record meets them. */
export class WeatherStack extends Stack {
  readonly notifySlack: IFunction;
  readonly #props: WeatherStackProps;
  readonly #setting: FunctionSetting;
  readonly #slackNudges: Queue;
  readonly #retries: Queue;

  constructor(scope: Construct, props: WeatherStackProps) {
    const { config, network, bundles } = props;
    super(scope, 'Weather', { stackName: `isobar-${config.stage}-weather`, env: { region: config.region } });
    this.#props = props;
    this.#setting = { config, network, bundles };
    this.#slackNudges = new WorkQueue(this, 'SlackNudges', {
      config,
      name: 'slack-nudges',
      visibilityTimeout: slackTimeout,
      maxReceiveCount: 10,
    }).queue;

    this.#retries = new WorkQueue(this, 'Retries', {
      config,
      name: 'retries',
      visibilityTimeout: returnTimeout,
      // The limit of SQS: about 16 hours. Deliveries fail while the brokers are down, and outlast that.
      maxReceiveCount: 1_000,
    }).queue;
    const notifySlack = this.#notifySlack();
    this.notifySlack = notifySlack;

    const usersOfTables = [
      this.#ingestObservations(),
      this.#landObservations(),
      this.#tidyObservations(),
      this.#watchWeather(),
      this.#retryObservations(),
      this.#returnObservations(),
      this.#recordErrors(),
      this.#recordFailedBatches(),
      notifySlack,
    ];
    this.#migrateDatabase().executeBefore(...usersOfTables);
  }

  get #limits() {
    return { OBSERVATION_LIMITS: JSON.stringify(this.#props.config.observationLimits) };
  }

  get #keepDays() {
    return { KEEP_OBSERVATION_DAYS: String(this.#props.config.keepObservationDays) };
  }

  #ingestObservations(): Construct {
    const { kafka, storage } = this.#props;
    const ingest = new NodeFunction(this, 'IngestObservations', {
      ...this.#setting,
      folder: 'ingest-observations',
      memoryMb: 512,
      timeout: ingestTimeout,
      environment: { ...kafka.environment, ...this.#limits },
    });
    storage.database.connect(ingest, 'weather');
    storage.lake.grantRead(ingest, incomingPrefix);
    kafka.grantProduce(ingest, weatherData);
    kafka.grantProduce(ingest, errorData);
    // A file that takes too long is handed on by a message.
    storage.incomingFiles.grantSendMessages(ingest);
    ingest.addEventSource(
      new SqsEventSource(storage.incomingFiles, {
        // The most without a batching window: a single file must not wait for others.
        batchSize: 10,
        maxConcurrency: 5,
        reportBatchItemFailures: true,
      }),
    );
    return ingest;
  }

  #landObservations(): Construct {
    const { config, kafka, storage } = this.#props;
    const land = new KafkaConsumer(this, 'LandObservations', {
      ...this.#setting,
      folder: 'land-observations',
      memoryMb: oneCpuMb,
      timeout: Duration.minutes(2),
      environment: {
        ...kafka.environment,
        LAKE_BUCKET: storage.lake.bucket.bucketName,
        ...this.#limits,
        ...this.#keepDays,
      },
      kafka,
      topic: weatherData,
      batchSize: 10_000,
      batchingWindow: Duration.seconds(config.lake.landingWindowSeconds),
      failedBatches: storage.lake,
    });
    storage.database.connect(land.function, 'weather');
    storage.lake.grantWrite(land.function, rawPrefix);
    kafka.grantProduce(land.function, errorData);
    return land;
  }

  #tidyObservations(): Construct {
    const { config, storage } = this.#props;
    const tidy = new NodeFunction(this, 'TidyObservations', {
      ...this.#setting,
      folder: 'tidy-observations',
      memoryMb: oneCpuMb,
      timeout: Duration.minutes(10),
      environment: {
        LAKE_BUCKET: storage.lake.bucket.bucketName,
        ...this.#keepDays,
      },
    });
    storage.database.connect(tidy, 'weather');
    storage.lake.grantReplace(tidy, rawPrefix);
    new Rule(this, 'TidyEveryHour', {
      ruleName: `isobar-${config.stage}-tidy-observations`,
      // All objects of the hour before are old enough by then.
      schedule: Schedule.cron({ minute: '20' }),
      targets: [new LambdaFunction(tidy)],
    });
    return tidy;
  }

  #watchWeather(): Construct {
    const { config, kafka, storage } = this.#props;
    const watch = new KafkaConsumer(this, 'WatchWeather', {
      ...this.#setting,
      folder: 'watch-weather',
      memoryMb: oneCpuMb,
      timeout: Duration.minutes(2),
      environment: {
        ...kafka.environment,
        SLACK_NUDGE_QUEUE_URL: this.#slackNudges.queueUrl,
        ...this.#limits,
        TEMP_HIGH_C: String(config.alerts.tempHighC),
        TEMP_LOW_C: String(config.alerts.tempLowC),
        RAIN_HEAVY_MM: String(config.alerts.rainHeavyMm),
        WIND_STRONG_KMH: String(config.alerts.windStrongKmh),
        ALERT_COOLDOWN_MINUTES: String(config.alerts.cooldownMinutes),
        WINDOW_SECONDS: String(config.windows.seconds),
        WINDOW_KEEP_DAYS: String(config.windows.keepDays),
        WATERMARK_DELAY_SECONDS: String(config.windows.watermarkDelaySeconds),
        WATERMARK_JUMP_HOURS: String(config.windows.jumpHours),
        ANOMALY_ALPHA: String(config.anomalies.alpha),
        ANOMALY_THRESHOLD_DEVIATIONS: String(config.anomalies.thresholdDeviations),
        ANOMALY_WARM_UP_READINGS: String(config.anomalies.warmUpReadings),
      },
      kafka,
      topic: weatherData,
      batchSize: 10_000,
      batchingWindow: Duration.seconds(config.kafka.alertWindowSeconds),
      failedBatches: storage.lake,
    });
    storage.database.connect(watch.function, 'weather');
    kafka.grantProduce(watch.function, retryData);
    this.#slackNudges.grantSendMessages(watch.function);
    return watch;
  }

  #retryObservations(): Construct {
    const { config, kafka, storage } = this.#props;
    const retry = new KafkaConsumer(this, 'RetryObservations', {
      ...this.#setting,
      folder: 'retry-observations',
      memoryMb: 512,
      timeout: Duration.minutes(1),
      environment: {
        ...kafka.environment,
        ...this.#limits,
        RETRY_QUEUE_URL: this.#retries.queueUrl,
        RETRY_ATTEMPTS: String(config.retry.attempts),
        RETRY_FIRST_DELAY_SECONDS: String(config.retry.firstDelaySeconds),
        RETRY_MAX_DELAY_SECONDS: String(config.retry.maxDelaySeconds),
      },
      kafka,
      topic: retryData,
      batchSize: 1_000,
      batchingWindow: Duration.seconds(config.kafka.alertWindowSeconds),
      failedBatches: storage.lake,
    });
    storage.database.connect(retry.function, 'weather');
    this.#retries.grantSendMessages(retry.function);
    kafka.grantProduce(retry.function, errorData);
    return retry;
  }

  #returnObservations(): Construct {
    const { kafka } = this.#props;
    const returnRecords = new NodeFunction(this, 'ReturnObservations', {
      ...this.#setting,
      folder: 'return-observations',
      memoryMb: 256,
      timeout: returnTimeout,
      environment: kafka.environment,
    });
    kafka.grantProduce(returnRecords, weatherData);
    returnRecords.addEventSource(
      new SqsEventSource(this.#retries, { batchSize: 10, maxConcurrency: 5, reportBatchItemFailures: true }),
    );
    return returnRecords;
  }

  #recordErrors(): Construct {
    const { config, kafka, storage } = this.#props;
    const record = new KafkaConsumer(this, 'RecordErrors', {
      ...this.#setting,
      folder: 'record-errors',
      memoryMb: 512,
      timeout: Duration.minutes(1),
      environment: {
        LAKE_BUCKET: storage.lake.bucket.bucketName,
        SLACK_NUDGE_QUEUE_URL: this.#slackNudges.queueUrl,
      },
      kafka,
      topic: errorData,
      batchSize: 1_000,
      batchingWindow: Duration.seconds(config.lake.landingWindowSeconds),
      failedBatches: storage.lake,
    });
    storage.database.connect(record.function, 'weather');
    storage.lake.grantWrite(record.function, errorsPrefix);
    this.#slackNudges.grantSendMessages(record.function);
    return record;
  }

  #recordFailedBatches(): Construct {
    const { config, storage } = this.#props;
    const record = new NodeFunction(this, 'RecordFailedBatches', {
      ...this.#setting,
      folder: 'record-failed-batches',
      memoryMb: 512,
      timeout: batchTimeout,
      environment: { LAKE_BUCKET: storage.lake.bucket.bucketName, ...topicEpochs(config) },
    });
    storage.database.connect(record, 'weather');
    storage.lake.grantRead(record, failedBatchesPrefix);
    for (const prefix of [rawPrefix, errorsPrefix]) storage.lake.grantDelete(record, prefix);
    record.addEventSource(
      new SqsEventSource(storage.failedBatches, {
        batchSize: 1,
        maxConcurrency: 2,
        reportBatchItemFailures: true,
      }),
    );
    return record;
  }

  #notifySlack(): NodeFunction {
    const { config, storage } = this.#props;
    // The operator creates it, since only they know its value.
    const webhook = Secret.fromSecretNameV2(this, 'SlackWebhook', `isobar/${config.stage}/slack-webhook`);
    const notify = new NodeFunction(this, 'NotifySlack', {
      ...this.#setting,
      folder: 'notify-slack',
      memoryMb: 256,
      timeout: slackTimeout,
      environment: { SLACK_WEBHOOK_SECRET_ARN: webhook.secretArn },
    });
    storage.database.connect(notify, 'weather');
    webhook.grantRead(notify);
    // One run sends all waiting rows, so one at a time would do. Lambda's minimum is two.
    notify.addEventSource(new SqsEventSource(this.#slackNudges, { batchSize: 10, maxConcurrency: 2 }));
    const notices = new SlackNotices(this, 'SlackNotices', { config, visibilityTimeout: slackTimeout });
    // One at a time: Slack refusing one notice must not repeat another.
    notify.addEventSource(new SqsEventSource(notices.queue, { batchSize: 1, maxConcurrency: 2 }));
    return notify;
  }

  #migrateDatabase(): Trigger {
    const { database } = this.#props.storage;
    const timeout = Duration.minutes(5);
    const migrate = new NodeFunction(this, 'MigrateDatabase', {
      ...this.#setting,
      folder: 'migrate-database',
      memoryMb: 256,
      timeout,
      environment: this.#keepDays,
    });
    database.connect(migrate, 'migrator');
    const { created } = new DatabaseRoles(this, 'DatabaseRoles', { ...this.#setting, database });
    const migrations = new Trigger(this, 'Migrations', { handler: migrate, timeout });
    migrations.executeAfter(created);
    return migrations;
  }
}
