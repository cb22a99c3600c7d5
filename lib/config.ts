import { type Limits, plausible } from '../lambdas/shared/wire/observation.ts';

export type Stage = 'local' | 'dev' | 'prod';

/**
 * How clients reach the brokers. The three values belong together, so a stage picks one of the two sets
 * below.
 */
interface KafkaAccess {
  readonly auth: 'none' | 'iam';
  readonly port: number;
  /** Field of GetBootstrapBrokers that lists the brokers for this way in. */
  readonly bootstrapField: 'BootstrapBrokerString' | 'BootstrapBrokerStringSaslIam';
  readonly clientBroker: 'PLAINTEXT' | 'TLS';
}

/**
 * Everything in which one stage may differ from another. The templates are a function of this and of nothing
 * else.
 */
export interface AppConfig {
  readonly stage: Stage;
  readonly region: string;
  readonly network: {
    readonly cidr: string;
    readonly availabilityZones: readonly [string, string, string];
    /** Structural: two stages share logical ids only if they share this number. */
    readonly natGateways: 1 | 3;
  };
  readonly kafka: {
    readonly access: KafkaAccess;
    readonly brokerType: string;
    readonly brokerVolumeGib: number;
    readonly enhancedMonitoring: 'DEFAULT' | 'PER_TOPIC_PER_PARTITION';
    /** Event pollers of each mapping; a mapping never uses more than its topic has partitions. */
    readonly pollers: { readonly minimum: number; readonly maximum: number };
    /** An alarm goes off when a consumer group stays this many records behind. */
    readonly lagAlarmRecords: number;
  };
  readonly database: {
    readonly instanceType: string;
    readonly storageGib: number;
    readonly storageLimitGib: number;
    readonly multiAz: boolean;
    readonly backupDays: number;
    readonly forceTls: boolean;
    /** CA bundle in the Lambda runtime; empty means a connection without TLS. */
    readonly tlsCaFile: string;
  };
  readonly lake: {
    readonly versioned: boolean;
    readonly incomingDays: number;
    /** How long records may wait to share an object: longer means later, but larger and cheaper ones. */
    readonly landingWindowSeconds: number;
  };
  readonly analytics: {
    /** Athena ends a query that has read so much. */
    readonly queryScanLimitGib: number;
    /** The QuickSight user or group that is shown a dashboard; without one, nothing of QuickSight is made. */
    readonly quickSightPrincipalArn?: string;
  };
  readonly functions: {
    readonly architecture: 'arm64' | 'x86_64';
    readonly logLevel: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';
    readonly logDays: 3 | 30 | 90;
    readonly tracing: 'PassThrough' | 'Active';
  };
  /** What an observation may be. Others become errors. */
  readonly observationLimits: Limits;
  readonly alerts: {
    readonly tempHighC: number;
    readonly tempLowC: number;
    readonly rainHeavyMm: number;
    readonly windStrongKmh: number;
    readonly cooldownMinutes: number;
  };
  readonly windows: {
    readonly seconds: number;
    /** How long a window takes late readings as on time, in event time. */
    readonly watermarkDelaySeconds: number;
    /**
     * A reading so far ahead of a location's others is believed when a second one confirms it; anomalies are
     * learned anew.
     */
    readonly jumpHours: number;
    /** Windows, cooldowns and what was learned of places are kept for so long after they last changed. */
    readonly keepDays: number;
  };
  /** Meaning and choice of the numbers: docs/adr/0007-windows-and-anomalies.md. */
  readonly anomalies: {
    readonly alpha: number;
    readonly thresholdDeviations: number;
    readonly warmUpReadings: number;
  };
  readonly retry: {
    /** How often a record is tried again before it becomes a dead letter. */
    readonly attempts: number;
    readonly firstDelaySeconds: number;
    /** Each delay is twice the one before, up to this; SQS allows 900. */
    readonly maxDelaySeconds: number;
  };
  readonly sensor: {
    /** Between one look for rows that Slack has not been told of and the next. */
    readonly pollSeconds: number;
  };
  readonly daily: {
    /** How long after its end a day waits for locations that have fallen silent. */
    readonly graceMinutes: number;
    /** How long a run waits for a day to be complete, looking this often. */
    readonly waitMinutes: number;
    readonly pollSeconds: number;
    /** Hours of the day in which each location must have been seen; 0 demands nothing. */
    readonly minHoursSeen: number;
    /**
     * How many days before yesterday a night corrects when rows of them came late, and how many of them at
     * most.
     */
    readonly correctedForDays: number;
    readonly correctionsPerNight: number;
    /** Spark workers with 4 processors and 16 GB each, at most; Glue starts as many as there is work for. */
    readonly workers: number;
  };
  /** How the model's features are held against those it was trained on: docs/adr/0015-drift.md. */
  readonly drift: {
    readonly windowMinutes: number;
    /** Features are counted in spans of this length, of which windows are made. */
    readonly bucketSeconds: number;
    readonly everyMinutes: number;
    /** Fewer in a window are not judged. */
    readonly leastTransactions: number;
    readonly keepDays: number;
  };
  readonly api: {
    /** Where the stages of an API are, `{api}` standing for its id. */
    readonly url: string;
    /** What all callers together may ask, and how much of it at once; beyond it, 429. */
    readonly requestsPerSecond: number;
    readonly burstRequests: number;
  };
  /** Meaning and choice of the numbers of both: docs/adr/0016-labels-and-retraining.md. */
  readonly evaluation: {
    /** The model is judged by the transactions of so many hours. */
    readonly spanHours: number;
  };
  readonly fraud: {
    /** For how long rows of each table are kept: longer than anything looks back to, and no longer. */
    readonly keepDays: {
      /** Within it a repeat of a transaction gets the answer that was given. */
      readonly scoredRequests: number;
      /** After the account's last transaction. */
      readonly accountActivity: number;
      /**
       * Within it an update of a gauge that comes again changes nothing; queues and their dead letters keep
       * it for 14 days each.
       */
      readonly metricUpdates: number;
      /** What is learnt from and judged: longer than `retraining.days` and `evaluation.spanHours`. */
      readonly predictions: number;
      readonly labels: number;
      /** Longer than the predictions that they are counted from, lest an old one be counted anew. */
      readonly modelEvaluations: number;
    };
  };
  readonly retraining: {
    /** How far back labelled transactions are learnt from. */
    readonly days: number;
    /** The share of them, the newest, that models are compared by and not trained on. */
    readonly heldOutShare: number;
    /** Without so many labelled frauds in either part, no model is trained. */
    readonly leastFrauds: number;
    readonly leastHeldOutFrauds: number;
    /** A new model must have an F1 higher by more than this. */
    readonly promotionMargin: number;
    readonly workers: number;
  };
  /** Whether the database, the brokers and the lake outlive their stack, and refuse to be deleted. */
  readonly keepData: boolean;
}

const plaintext: KafkaAccess = {
  auth: 'none',
  port: 9092,
  bootstrapField: 'BootstrapBrokerString',
  clientBroker: 'PLAINTEXT',
};

const iamOverTls: KafkaAccess = {
  auth: 'iam',
  port: 9098,
  bootstrapField: 'BootstrapBrokerStringSaslIam',
  clientBroker: 'TLS',
};

const region = 'us-east-1';

const network = {
  cidr: '10.40.0.0/16',
  availabilityZones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
  natGateways: 1,
} as const;

const alerts = { tempHighC: 35, tempLowC: -15, rainHeavyMm: 30, windStrongKmh: 80, cooldownMinutes: 30 };

const windows = { seconds: 60, watermarkDelaySeconds: 120, jumpHours: 24, keepDays: 90 };

const anomalies = { alpha: 0.05, thresholdDeviations: 6, warmUpReadings: 30 };

const evaluation = { spanHours: 168 };

const fraud = {
  keepDays: {
    scoredRequests: 35,
    accountActivity: 180,
    metricUpdates: 35,
    predictions: 120,
    labels: 150,
    modelEvaluations: 400,
  },
};

const retraining = {
  days: 90,
  heldOutShare: 0.2,
  leastFrauds: 400,
  // One of them found or missed moves an F1 of 0.9 by less than a third of the margin: no single transaction
  // decides.
  leastHeldOutFrauds: 200,
  promotionMargin: 0.01,
  workers: 2,
};

/** Tried again over about half an hour. */
const retry = { attempts: 5, firstDelaySeconds: 60, maxDelaySeconds: 900 };

/** The node runtime of Lambda carries Amazon's CA bundle, RDS included. */
const lambdaCaFile = '/var/runtime/ca-cert.pem';

const dev: AppConfig = {
  stage: 'dev',
  region,
  network,
  kafka: {
    access: iamOverTls,
    brokerType: 'kafka.t3.small',
    brokerVolumeGib: 20,
    enhancedMonitoring: 'DEFAULT',
    pollers: { minimum: 1, maximum: 10 },
    lagAlarmRecords: 100_000,
  },
  database: {
    instanceType: 't4g.micro',
    storageGib: 20,
    storageLimitGib: 50,
    multiAz: false,
    backupDays: 1,
    forceTls: true,
    tlsCaFile: lambdaCaFile,
  },
  lake: { versioned: false, incomingDays: 30, landingWindowSeconds: 10 },
  analytics: { queryScanLimitGib: 10 },
  functions: { architecture: 'arm64', logLevel: 'DEBUG', logDays: 30, tracing: 'Active' },
  observationLimits: plausible,
  alerts,
  windows,
  anomalies,
  retry,
  sensor: { pollSeconds: 30 },
  daily: {
    graceMinutes: 120,
    waitMinutes: 150,
    pollSeconds: 60,
    minHoursSeen: 0,
    correctedForDays: 14,
    correctionsPerNight: 5,
    workers: 2,
  },
  drift: {
    windowMinutes: 24 * 60,
    bucketSeconds: 600,
    everyMinutes: 5,
    leastTransactions: 500,
    keepDays: 35,
  },
  api: {
    url: `https://{api}.execute-api.${region}.amazonaws.com`,
    requestsPerSecond: 100,
    burstRequests: 200,
  },
  evaluation,
  fraud,
  retraining,
  keepData: false,
};

const prod: AppConfig = {
  ...dev,
  stage: 'prod',
  network: { ...network, natGateways: 3 },
  kafka: {
    ...dev.kafka,
    brokerType: 'kafka.m7g.large',
    brokerVolumeGib: 200,
    enhancedMonitoring: 'PER_TOPIC_PER_PARTITION',
    lagAlarmRecords: 1_000_000,
  },
  database: {
    ...dev.database,
    instanceType: 'm7g.large',
    storageGib: 100,
    storageLimitGib: 1_000,
    multiAz: true,
    backupDays: 14,
  },
  daily: { ...dev.daily, workers: 10 },
  api: { ...dev.api, requestsPerSecond: 1_000, burstRequests: 2_000 },
  lake: { versioned: true, incomingDays: 90, landingWindowSeconds: 60 },
  analytics: { queryScanLimitGib: 100 },
  functions: { architecture: 'arm64', logLevel: 'INFO', logDays: 90, tracing: 'Active' },
  keepData: true,
};

const local: AppConfig = {
  ...dev,
  stage: 'local',
  kafka: { ...dev.kafka, access: plaintext },
  daily: { ...dev.daily, graceMinutes: 18, waitMinutes: 5, pollSeconds: 2 },
  drift: { ...dev.drift, windowMinutes: 10, bucketSeconds: 10, everyMinutes: 1, leastTransactions: 200 },
  api: { ...dev.api, url: '/_aws/execute-api/{api}' },
  lake: { ...dev.lake, landingWindowSeconds: 1 },
  database: { ...dev.database, forceTls: false, tlsCaFile: '' },
  sensor: { pollSeconds: 5 },
  // What `npm start` shows is of minutes, not of days.
  evaluation: { spanHours: 0.25 },
  // Too few to promote a model by in earnest: one fraud moves F1 by twice the margin. It shows how it goes,
  // and tests need no more.
  retraining: { ...retraining, leastFrauds: 100, leastHeldOutFrauds: 25 },
  functions: { architecture: 'x86_64', logLevel: 'INFO', logDays: 3, tracing: 'PassThrough' },
  retry: { ...retry, firstDelaySeconds: 1, maxDelaySeconds: 4 },
};

export const stages: Readonly<Record<Stage, AppConfig>> = { local, dev, prod };

export const stageNames = Object.keys(stages) as readonly Stage[];

/** @throws Error that lists the stages when `name` is none of them. */
export function stageNamed(name: string | undefined): Stage {
  const stage = stageNames.find((known) => known === name);
  if (stage === undefined)
    throw new Error(`Unknown stage "${name ?? ''}": choose one of ${stageNames.join(', ')}.`);
  return stage;
}

/** @throws Error for what is no user or group of QuickSight */
export function withQuickSight(config: AppConfig, principalArn: unknown): AppConfig {
  if (
    typeof principalArn !== 'string' ||
    !/^arn:aws[\w-]*:quicksight:[\w-]+:\d{12}:(user|group)\/\S+$/.test(principalArn)
  )
    throw new Error(
      `QuickSight's principal is ${principalArn}, expected arn:aws:quicksight:<region>:<account>:user/<namespace>/<name>, or a group.`,
    );
  return { ...config, analytics: { ...config.analytics, quickSightPrincipalArn: principalArn } };
}
