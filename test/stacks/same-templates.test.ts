import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import type { AppConfig } from '../../lib/app-config.ts';
import { stages } from '../../lib/config.ts';
import { stackIds, templatesOf } from './synthesized.ts';

const lib = join(import.meta.dirname, '../../lib');

interface Leaf {
  /** `<type of resource> <property>`: the same for every resource of the type. */
  readonly property: string;
  readonly value: unknown;
}

const known = new Map<AppConfig, ReadonlyMap<string, Leaf>>();

/** `readLeaves`, computed once for each configuration. */
function leavesOf(config: AppConfig): ReadonlyMap<string, Leaf> {
  const leaves = known.get(config) ?? readLeaves(config);
  known.set(config, leaves);
  return leaves;
}

/** Every value of the templates, by its path. The stage's name and asset hashes are replaced. */
function readLeaves(config: AppConfig): ReadonlyMap<string, Leaf> {
  const templates = templatesOf(config);
  const text = JSON.stringify(Object.fromEntries(stackIds.map((id) => [id, templates[id]])))
    .replace(new RegExp(`isobar([-/_])${config.stage}`, 'g'), 'isobar$1<stage>')
    .replaceAll(`"${config.stage}"`, '"<stage>"')
    // In a text that is JSON itself, as the body of a dashboard.
    .replaceAll(`\\"${config.stage}\\"`, '\\"<stage>\\"')
    .replace(/((?:CurrentVersion|Deployment)[0-9A-F]{8})[0-9a-f]{32}/g, '$1');
  const leaves = new Map<string, Leaf>();
  const visit = (value: unknown, path: string, property: string): void => {
    if (typeof value !== 'object' || value === null) {
      leaves.set(path, { property, value });
      return;
    }
    const type = Object.hasOwn(value, 'Properties') ? (value as { readonly Type: string }).Type : property;
    for (const [key, child] of Object.entries(value)) visit(child, `${path}.${key}`, `${type} ${key}`);
  };
  visit(JSON.parse(text), '', '');
  return leaves;
}

const deletionPolicy = ({ keepData }: AppConfig) => (keepData ? 'RetainExceptOnCreate' : 'Delete');

const replacePolicy = ({ keepData }: AppConfig) => (keepData ? 'Retain' : 'Delete');

const bootstrapCallEnd = ({ kafka }: AppConfig) =>
  `"},"physicalResourceId":{"id":"isobar-<stage>"},"outputPaths":["${kafka.access.bootstrapField}"]}`;

/** The definition of a workflow is one text. The sensor's holds the time between two rounds. */
const sensorDefinitionStart = ({ sensor }: AppConfig) =>
  expect.stringMatching(
    new RegExp(`^\\{"StartAt":"WithinTheHour",.+"Wait":\\{"Type":"Wait","Seconds":${sensor.pollSeconds},`),
  );

/** Equal to any of these values. */
const oneOf = (...values: readonly unknown[]) => ({
  asymmetricMatch: (found: unknown) => values.includes(found),
});

/** Every value in which stages differ, and how it follows from the configuration. */
const decidedByConfig: Record<string, (config: AppConfig) => unknown> = {
  'AWS::Lambda::Function Properties Environment Variables TRAINING_LEAST_FRAUDS': ({ retraining }) =>
    String(retraining.leastFrauds),
  'AWS::Lambda::Function Properties Environment Variables TRAINING_LEAST_HELD_OUT_FRAUDS': ({ retraining }) =>
    String(retraining.leastHeldOutFrauds),
  'AWS::EC2::SecurityGroupIngress Properties FromPort': ({ kafka }) => kafka.access.port,
  'AWS::EC2::SecurityGroupIngress Properties ToPort': ({ kafka }) => kafka.access.port,
  'AWS::Logs::LogGroup Properties RetentionInDays': ({ functions }) => functions.logDays,

  'AWS::Athena::WorkGroup Properties WorkGroupConfiguration BytesScannedCutoffPerQuery': ({ analytics }) =>
    analytics.queryScanLimitGib * 1024 ** 3,

  'AWS::ApplicationAutoScaling::ScalableTarget Properties MinCapacity': ({ kafka }) => kafka.brokerVolumeGib,
  'AWS::ApplicationAutoScaling::ScalableTarget Properties MaxCapacity': ({ kafka }) =>
    kafka.brokerVolumeLimitGib,
  'AWS::Lambda::EventSourceMapping Properties ProvisionedPollerConfig MaximumPollers': ({ kafka }) =>
    oneOf(...Object.values(topics).map(({ partitions }) => Math.min(kafka.pollers.maximum, partitions))),
  'AWS::Lambda::Function Properties ReservedConcurrentExecutions': ({ api }) =>
    oneOf(api.reservedConcurrency?.predict, api.reservedConcurrency?.others),

  'AWS::MSK::Cluster Properties BrokerNodeGroupInfo InstanceType': ({ kafka }) => kafka.brokerType,
  'AWS::MSK::Cluster Properties BrokerNodeGroupInfo StorageInfo EBSStorageInfo VolumeSize': ({ kafka }) =>
    kafka.brokerVolumeGib,
  'AWS::MSK::Cluster Properties ClientAuthentication Sasl Iam Enabled': ({ kafka }) =>
    kafka.access.auth === 'iam',
  'AWS::MSK::Cluster Properties ClientAuthentication Unauthenticated Enabled': ({ kafka }) =>
    kafka.access.auth === 'none',
  'AWS::MSK::Cluster Properties EncryptionInfo EncryptionInTransit ClientBroker': ({ kafka }) =>
    kafka.access.clientBroker,
  'AWS::MSK::Cluster Properties EnhancedMonitoring': ({ kafka }) => kafka.enhancedMonitoring,
  'AWS::MSK::Cluster UpdateReplacePolicy': replacePolicy,
  'AWS::MSK::Cluster DeletionPolicy': deletionPolicy,
  'Custom::KafkaBootstrapBrokers Properties Create Fn::Join 1 2': bootstrapCallEnd,
  'Custom::KafkaBootstrapBrokers Properties Update Fn::Join 1 2': bootstrapCallEnd,
  ' Streaming Outputs KafkaBrokers Value Fn::GetAtt 1': ({ kafka }) => kafka.access.bootstrapField,

  'AWS::S3::Bucket Properties LifecycleConfiguration Rules 0 ExpirationInDays': ({ lake }) =>
    lake.incomingDays,
  'AWS::S3::Bucket Properties VersioningConfiguration Status': ({ lake }) =>
    lake.versioned ? 'Enabled' : 'Suspended',
  'AWS::S3::Bucket UpdateReplacePolicy': replacePolicy,
  'AWS::S3::Bucket DeletionPolicy': deletionPolicy,

  'AWS::RDS::DBParameterGroup Properties Parameters rds.force_ssl': ({ database }) =>
    database.forceTls ? '1' : '0',
  'AWS::RDS::DBInstance Properties AllocatedStorage': ({ database }) => String(database.storageGib),
  'AWS::RDS::DBInstance Properties BackupRetentionPeriod': ({ database }) => database.backupDays,
  'AWS::RDS::DBInstance Properties DBInstanceClass': ({ database }) => `db.${database.instanceType}`,
  'AWS::RDS::DBInstance Properties DeletionProtection': ({ keepData }) => keepData,
  'AWS::RDS::DBInstance Properties MaxAllocatedStorage': ({ database }) => database.storageLimitGib,
  'AWS::RDS::DBInstance Properties MultiAZ': ({ database }) => database.multiAz,
  'AWS::RDS::DBInstance UpdateReplacePolicy': replacePolicy,
  'AWS::RDS::DBInstance DeletionPolicy': deletionPolicy,
  'AWS::SecretsManager::Secret UpdateReplacePolicy': replacePolicy,
  'AWS::SecretsManager::Secret DeletionPolicy': deletionPolicy,
  ...Object.fromEntries(
    ['EC2::VPC', 'EC2::Subnet', 'EC2::SecurityGroup', 'MSK::Configuration', 'RDS::DBParameterGroup'].flatMap(
      (type) => [
        [`AWS::${type} UpdateReplacePolicy`, replacePolicy],
        [`AWS::${type} DeletionPolicy`, deletionPolicy],
      ],
    ),
  ),
  'AWS::Logs::LogGroup UpdateReplacePolicy': replacePolicy,
  'AWS::Logs::LogGroup DeletionPolicy': deletionPolicy,
  'AWS::RDS::DBSubnetGroup UpdateReplacePolicy': replacePolicy,
  'AWS::RDS::DBSubnetGroup DeletionPolicy': deletionPolicy,

  'AWS::Lambda::Function Properties Architectures 0': ({ functions }) => functions.architecture,
  'AWS::Lambda::Function Properties TracingConfig Mode': ({ functions }) => functions.tracing,
  'AWS::Lambda::Function Properties Environment Variables LOG_LEVEL': ({ functions }) => functions.logLevel,
  'AWS::Lambda::Function Properties Environment Variables KAFKA_AUTH': ({ kafka }) => kafka.access.auth,
  'AWS::Lambda::Function Properties Environment Variables DATABASE_TLS_CA_FILE': ({ database }) =>
    database.tlsCaFile,
  'AWS::Lambda::Function Properties Environment Variables RETRY_FIRST_DELAY_SECONDS': ({ retry }) =>
    String(retry.firstDelaySeconds),
  'AWS::Lambda::Function Properties Environment Variables RETRY_MAX_DELAY_SECONDS': ({ retry }) =>
    String(retry.maxDelaySeconds),
  'AWS::Lambda::EventSourceMapping Properties MaximumBatchingWindowInSeconds': ({ lake, kafka }) =>
    oneOf(lake.landingWindowSeconds, kafka.alertWindowSeconds),
  'AWS::StepFunctions::StateMachine Properties DefinitionString Fn::Join 1 0': sensorDefinitionStart,
  'AWS::Lambda::Function Properties Environment Variables EVALUATION_SPAN_HOURS': ({ evaluation }) =>
    String(evaluation.spanHours),
  'AWS::Lambda::Function Properties Environment Variables DAY_GRACE_MINUTES': ({ daily }) =>
    String(daily.graceMinutes),
  'AWS::Lambda::Function Properties Environment Variables DAY_WAIT_MINUTES': ({ daily }) =>
    String(daily.waitMinutes),
  'AWS::Lambda::Function Properties Environment Variables DAY_POLL_SECONDS': ({ daily }) =>
    String(daily.pollSeconds),
  'AWS::Glue::Job Properties NumberOfWorkers': ({ daily }) => daily.workers,
  'AWS::ApiGateway::Stage Properties MethodSettings 0 ThrottlingRateLimit': ({ api }) =>
    api.requestsPerSecond,
  'AWS::ApiGateway::Stage Properties MethodSettings 0 ThrottlingBurstLimit': ({ api }) => api.burstRequests,
  'AWS::ApiGateway::Stage Properties TracingEnabled': ({ functions }) => functions.tracing === 'Active',
  ' Fraud Outputs ApiUrl Value Fn::Join 1 0': ({ api }) => api.url.split('{api}')[0],
  ' Fraud Outputs ApiUrl Value Fn::Join 1 2': ({ api }) => `${api.url.split('{api}')[1]}/v1/`,
  'AWS::Lambda::Function Properties Environment Variables UPDATE_METRICS_URL Fn::Join 1 0': ({ api }) =>
    api.url.split('{api}')[0],
  'AWS::Lambda::Function Properties Environment Variables UPDATE_METRICS_URL Fn::Join 1 2': ({ api }) =>
    `${api.url.split('{api}')[1]}/v1/update_metrics`,
  'AWS::Lambda::Function Properties Environment Variables CLOUDWATCH_PERIOD_SECONDS': ({ alerting }) =>
    String(alerting.cloudWatchPeriodSeconds),
  'AWS::Lambda::Function Properties Environment Variables DRIFT_WINDOW_MINUTES': ({ drift }) =>
    String(drift.windowMinutes),
  'AWS::Lambda::Function Properties Environment Variables DRIFT_BUCKET_SECONDS': ({ drift }) =>
    String(drift.bucketSeconds),
  'AWS::Lambda::Function Properties Environment Variables DRIFT_LEAST_TRANSACTIONS': ({ drift }) =>
    String(drift.leastTransactions),
  'AWS::Events::Rule Properties ScheduleExpression': ({ drift }) =>
    `rate(${drift.everyMinutes} minute${drift.everyMinutes === 1 ? '' : 's'})`,
  'AWS::CloudWatch::Alarm Properties Period': ({ drift }) =>
    oneOf(2 * drift.everyMinutes * 60, drift.everyMinutes * 60),
  'AWS::CloudWatch::Alarm Properties Threshold': ({ kafka, database, alerting }) =>
    oneOf(
      kafka.lagAlarmRecords,
      alerting.lagSeconds,
      alerting.scoreSeconds * 1_000,
      0.1 * database.storageGib * 1024 ** 3,
      0.8 * database.maxConnections,
    ),
};

const onAws = ['dev', 'prod'] as const;

/** With the other stage's network and reservations: they decide which resources and properties there are. */
const localLike: Readonly<Record<(typeof onAws)[number], AppConfig>> = {
  dev: like(stages.dev),
  prod: like(stages.prod),
};

function like({ network, api: { reservedConcurrency } }: AppConfig): AppConfig {
  const api =
    reservedConcurrency === undefined ? stages.local.api : { ...stages.local.api, reservedConcurrency };
  return { ...stages.local, network, api };
}

test('dev and local have the same network, so that their templates have the same resources', () => {
  expect(stages.dev.network).toEqual(stages.local.network);
});

test.each(onAws)(
  'stage local has the resources and properties of %s, under the same logical ids',
  (stage) => {
    expect([...leavesOf(localLike[stage]).keys()]).toEqual([...leavesOf(stages[stage]).keys()]);
  },
);

test.each(onAws)('stage local differs from %s only in values of lib/config.ts', (stage) => {
  const [local, aws] = [localLike[stage], stages[stage]];
  const awsLeaves = leavesOf(aws);
  const differing = [...leavesOf(local)].filter(([path, { value }]) => awsLeaves.get(path)?.value !== value);

  expect(differing).not.toEqual([]);
  for (const [path, { property, value }] of differing) {
    const decided = decidedByConfig[property] ?? (() => 'nothing in lib/config.ts');
    expect({ path, local: value, [stage]: awsLeaves.get(path)?.value }).toEqual({
      path,
      local: decided(local),
      [stage]: decided(aws),
    });
  }
});

test.each(onAws)('stage %s creates no QuickSight resource unless a principal is configured', (stage) => {
  const properties = [...leavesOf(stages[stage]).values()].map(({ property }) => property);
  expect(properties.filter((property) => property.startsWith('AWS::QuickSight'))).toEqual([]);
});

test('lib/ names no stage outside of the table of values and the deploy', () => {
  const sources = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const branching = sources.filter(
    (name) =>
      !['config.ts', 'app-config.ts'].includes(name) &&
      /['"`](local|dev|prod)['"`]|process\.env/.test(readFileSync(join(lib, name), 'utf8')),
  );
  expect(branching).toEqual(['deploy/environment.ts', 'deploy/synthesize.ts']);
});
