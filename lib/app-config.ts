import type { topics } from '../lambdas/shared/kafka/topics.ts';
import type { Limits } from '../lambdas/shared/wire/limits.ts';
export type Stage = 'local' | 'dev' | 'prod';

/** Three zones by id, such as `use1-az1`. */
export type Zones = readonly [string, string, string];

/** How clients reach the brokers. The values belong together, as in `plaintext` and `iamOverTls`. */
export interface KafkaAccess {
  readonly auth: 'none' | 'iam' | 'scram';
  readonly port: number;
  /** The field of MSK's answer to GetBootstrapBrokers that lists the brokers for this kind of access. */
  readonly bootstrapField:
    | 'BootstrapBrokerString'
    | 'BootstrapBrokerStringSaslIam'
    | 'BootstrapBrokerStringSaslScram';
  readonly clientBroker: 'PLAINTEXT' | 'TLS';
}

/** Alerts that wait equally long before they fire. */
export type AlertGroup = 'consumers' | 'data' | 'slack' | 'api' | 'kafka' | 'jobs' | 'model' | 'targets';

/** All values in which stages may differ. The templates depend on these values and on nothing else. */
export interface AppConfig {
  readonly stage: Stage;
  readonly region: string;
  /** What the stage must hold. The synthesis fails if its disks or workers would not: lib/capacity.ts. */
  readonly capacity: { readonly recordsPerSecond: number; readonly transactionsPerSecond: number };
  readonly network: {
    readonly cidr: string;
    /**
     * Ids of zones, which mean the same data centre in every account, as their names do not. MSK and Lambda
     * refuse some zones; the deploy checks them.
     */
    readonly zoneIds: Zones;
    /** Decides how many resources there are: only stages with the same number have the same logical ids. */
    readonly natGateways: 1 | 3;
    /**
     * Logs the connections of the stage's own VPC: those that it rejects, or all. Without it, none:
     * docs/cost.md has the price.
     */
    readonly flowLogs?: 'REJECT' | 'ALL';
    /** A VPC that exists, in place of one of the stage's own: docs/bring-your-own.md. */
    readonly existing?: {
      readonly vpcId: string;
      /** One in each of `zoneIds`, in their order, with a route out. */
      readonly privateSubnetIds: readonly [string, string, string];
      /** Likewise, for the database. */
      readonly isolatedSubnetIds: readonly [string, string, string];
      /** Public addresses of functions on the internet. Only they may call `POST /update_metrics`. */
      readonly outboundAddresses: readonly string[];
    };
  };
  readonly kafka: {
    readonly access: KafkaAccess;
    readonly brokerType: string;
    /** Volume of one broker: it must hold `capacity`. */
    readonly brokerVolumeGib: number;
    /** MSK grows the volumes up to this size when more comes in. */
    readonly brokerVolumeLimitGib: number;
    /** A level above the default costs money for each metric, and no alarm needs it: docs/cost.md. */
    readonly enhancedMonitoring: 'DEFAULT' | 'PER_TOPIC_PER_PARTITION';
    /** How long a batch waits for more records where alerts and retries depend on it. */
    readonly alertWindowSeconds: number;
    /** Event pollers of each mapping, at most one for each partition of its topic. */
    readonly pollers: { readonly minimum: number; readonly maximum: number };
    /**
     * Raise the epoch of a topic that was deleted and made anew: its offsets count from 0 again. A new
     * cluster needs none. See docs/runbook.md#a-topic-was-made-anew.
     */
    readonly topicEpochs: Readonly<Record<keyof typeof topics, number>>;
    /** The lag of a consumer group, in records, above which its alarm goes off. */
    readonly lagAlarmRecords: number;
    /**
     * A cluster that exists, in place of one of the stage's own: docs/bring-your-own.md. It needs
     * `network.existing`. The values of brokers above then say what it has.
     */
    readonly existing?: {
      readonly clusterArn: string;
      readonly brokers: number | 'serverless';
      /** One of the cluster's security groups. The stage lets its functions in. */
      readonly securityGroupId: string;
      /** How clients log in. Without it, by IAM, the only way of a serverless cluster. */
      readonly scram?: {
        /** A secret with `username` and `password`, which is associated with the cluster. */
        readonly secretArn: string;
        /** The key that encrypts the secret: MSK takes none with AWS's own key. */
        readonly keyArn: string;
      };
    };
  };
  readonly database: {
    readonly instanceType: string;
    readonly storageGib: number;
    /** RDS grows the storage up to this size. */
    readonly storageLimitGib: number;
    /** Whether a second zone has a standby. */
    readonly multiAz: boolean;
    readonly backupDays: number;
    /** Connections that the instance allows: RDS derives them from its memory. */
    readonly maxConnections: number;
    /**
     * Of these, functions must leave so many free, or the synthesis fails. 0: nothing is checked, since the
     * local platform starts few functions at once.
     */
    readonly reservedConnections: number;
    /** Whether the server refuses connections without TLS. */
    readonly forceTls: boolean;
    /** Path of the CA bundle in the Lambda runtime. Empty: clients connect without TLS. */
    readonly tlsCaFile: string;
    /**
     * An instance that exists, in place of one of the stage's own: docs/bring-your-own.md. It needs
     * `network.existing`. The values of storage and connections above then say what it has.
     */
    readonly existing?: {
      readonly instanceIdentifier: string;
      readonly host: string;
      readonly port: number;
      /** A database of its own for the stage, which the master user owns. */
      readonly databaseName: string;
      /** A secret with `username` and `password` of the master user. */
      readonly masterSecretArn: string;
      /** The key that encrypts the secret, if it is not AWS's own. */
      readonly masterSecretKeyArn?: string;
      /** One of the instance's security groups. The stage lets its functions in. */
      readonly securityGroupId: string;
    };
  };
  readonly lake: {
    readonly versioned: boolean;
    /** Dropped files are deleted after so many days. */
    readonly incomingDays: number;
    /** Days after which objects move to a storage class that costs half, and a cent for each GB read. */
    readonly infrequentAfterDays: { readonly raw: number; readonly curated: number };
    /** How long a batch waits for more records. Longer: larger and cheaper objects, later data. */
    readonly landingWindowSeconds: number;
  };
  /** Limits and times of alarms in CloudWatch and of alerts in Prometheus: docs/observability.md. */
  readonly alerting: {
    /** How long each condition must hold before its alert fires. */
    readonly forSeconds: Readonly<Record<AlertGroup, number>>;
    /** The age of the oldest record that a consumer has not committed. */
    readonly lagSeconds: number;
    /** The age of the oldest message of a queue. */
    readonly queueSeconds: number;
    /** How often metrics of CloudWatch are read for Prometheus: each read of each series is billed. */
    readonly cloudWatchPeriodSeconds: number;
    /** E-mail addresses and `https://` URLs (of a pager) that get every alarm. */
    readonly subscribers: readonly string[];
    /** The age of the oldest row that Slack has not got. */
    readonly outboxSeconds: number;
    /** Invalid rows of all rows in an hour, from 0 to 1. */
    readonly invalidRowsShare: number;
    /** 99th percentile of the time to score a transaction. */
    readonly scoreSeconds: number;
    /** How long ago a job may have run: `daily` is the nightly start, `sensor` a round of the sensor. */
    readonly jobSeconds: Readonly<Record<'evaluation' | 'drift' | 'daily' | 'sensor', number>>;
  };
  /** How many days, today included, Postgres keeps observations for SQL and charts; 0: none, and no write. */
  readonly keepObservationDays: number;
  /** A managed Prometheus on AWS, and a managed Grafana. Without it, there are none. */
  readonly managedPrometheus?: { readonly grafana: boolean };
  readonly analytics: {
    /** Athena cancels a query that reads more than this. */
    readonly queryScanLimitGib: number;
    /** The QuickSight user or group that sees the dashboard. Without it, there is no dashboard. */
    readonly quickSightPrincipalArn?: string;
  };
  readonly functions: {
    readonly architecture: 'arm64' | 'x86_64';
    readonly logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
    /** Log events of functions, workflows, brokers and the API are deleted after so many days. */
    readonly logDays: 3 | 30 | 90;
    readonly tracing: 'PassThrough' | 'Active';
  };
  /** What an observation may be. Others become errors; every function has the same limits. */
  readonly observationLimits: Limits;
  /** Thresholds of weather alerts. */
  readonly alerts: {
    readonly tempHighC: number;
    readonly tempLowC: number;
    readonly rainHeavyMm: number;
    readonly windStrongKmh: number;
    /** After an alert, the same location raises no other of its type for so long, in event time. */
    readonly cooldownMinutes: number;
  };
  /** docs/adr/0007-windows-and-anomalies.md explains the numbers of `windows` and `anomalies`. */
  readonly windows: {
    /** Length of a window, in event time. */
    readonly seconds: number;
    /** A reading is late when the newest reading is this far past the end of its window, in event time. */
    readonly watermarkDelaySeconds: number;
    /** A reading this far ahead of the newest one counts only when a second reading confirms it. */
    readonly jumpHours: number;
    /** Windows, cooldowns and baselines that have not changed for so many days are deleted. */
    readonly keepDays: number;
  };
  readonly anomalies: {
    /** Weight of a new reading in the moving averages, from 0 to 1. */
    readonly alpha: number;
    /** A reading this many standard deviations from the average is an anomaly. */
    readonly thresholdDeviations: number;
    /** Readings of a series before any is scored. */
    readonly warmUpReadings: number;
  };
  readonly retry: {
    /** Attempts before a record becomes a dead letter. */
    readonly attempts: number;
    /** Delay before the first attempt. Each delay is twice the one before, up to `maxDelaySeconds`. */
    readonly firstDelaySeconds: number;
    /** At most 900, the limit of SQS. */
    readonly maxDelaySeconds: number;
  };
  readonly sensor: {
    /** Seconds between two rounds, each of which sends to Slack what has not been sent. */
    readonly pollSeconds: number;
  };
  /** docs/adr/0011-daily-workflow.md explains these numbers. */
  readonly daily: {
    /** How long after its end a day waits for locations that fell silent. */
    readonly graceMinutes: number;
    /** How long a run waits for its day to be complete. It checks every `pollSeconds`. */
    readonly waitMinutes: number;
    readonly pollSeconds: number;
    /** A result is refused if it has a location with readings in fewer hours. 0 accepts all. */
    readonly minHoursSeen: number;
    /** Days before yesterday that a night corrects when late rows have landed. */
    readonly correctedForDays: number;
    /** Most corrections that one night starts; each is a run of Spark. */
    readonly correctionsPerNight: number;
    /** Most Spark workers, each with 4 vCPUs and 16 GB. Glue starts as many as the job needs. */
    readonly workers: number;
  };
  /** How the model's features are compared with those of its training: docs/adr/0015-drift.md. */
  readonly drift: {
    /** The comparison takes the transactions of the last so many minutes. */
    readonly windowMinutes: number;
    /** Features are counted in buckets of this length; a window consists of buckets. */
    readonly bucketSeconds: number;
    /** Minutes from one comparison to the next. */
    readonly everyMinutes: number;
    /** A window with fewer transactions is not judged. */
    readonly leastTransactions: number;
    /** Buckets are deleted after so many days. */
    readonly keepDays: number;
  };
  readonly api: {
    /** URL of an API, with `{api}` in place of its id. Without a host, it is relative to the AWS endpoint. */
    readonly url: string;
    /** Limit for all callers together. Requests beyond it get 429. */
    readonly requestsPerSecond: number;
    /** Requests that may arrive at once. */
    readonly burstRequests: number;
    /**
     * Concurrent executions of each function of the API, taken from the account's: the most, so that the API
     * cannot take those of the consumers. Without, the account's limit is for all. AWS keeps 100 unreserved.
     */
    readonly reservedConcurrency?: { readonly predict: number; readonly others: number };
    /**
     * A web ACL in front of the API: AWS's common rules, and a limit for each address of a caller. Without
     * it, none: docs/cost.md has the price.
     */
    readonly webAcl?: { readonly requestsInFiveMinutes: number };
  };
  /** docs/adr/0016-labels-and-retraining.md explains the numbers of `evaluation` and `retraining`. */
  readonly evaluation: {
    /** The model is judged by the transactions of the last so many hours. */
    readonly spanHours: number;
  };
  readonly fraud: {
    /** Days after which rows of each table are deleted: just longer than anything reads them. */
    readonly keepDays: {
      /** A repeated transaction gets the answer of its first request as long as that is kept. */
      readonly scoredRequests: number;
      /** Counted from the account's last transaction. */
      readonly accountActivity: number;
      /**
       * A repeated metric sample has no effect as long as the first is kept. The dead letter queue may hold
       * one for 14 days, and for 14 more after a redrive.
       */
      readonly metricUpdates: number;
      /** Longer than `retraining.days` and `evaluation.spanHours`, which read them. */
      readonly predictions: number;
      readonly labels: number;
      /** Longer than predictions, so that no old evaluation is computed again from what is left of them. */
      readonly modelEvaluations: number;
    };
  };
  readonly retraining: {
    /** A model is trained on the labelled transactions of the last so many days. */
    readonly days: number;
    /** The share of them, the newest, that is held out of the training to compare models by. */
    readonly heldOutShare: number;
    /** With fewer labelled frauds to train on, no model is trained. */
    readonly leastFrauds: number;
    /** With fewer held-out frauds, no model is trained. */
    readonly leastHeldOutFrauds: number;
    /** A new model is promoted if its F1 is higher by more than this. */
    readonly promotionMargin: number;
    readonly workers: number;
  };
  /** Whether the database, the brokers and the lake are kept when their stack is deleted. */
  readonly keepData: boolean;
}
