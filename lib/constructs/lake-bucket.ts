import { Aws, Duration } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
  StorageClass,
} from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';
import { removalPolicy } from '../removal-policy.ts';

/** Files dropped here are ingested. */
export const incomingPrefix = 'incoming/observations/';

/** Label files dropped here say which transactions were fraud. */
export const labelsPrefix = 'incoming/labels/';

/** Observations from Kafka, as Parquet. */
export const rawPrefix = 'raw/observations/';

/** Errors as JSON lines. */
export const errorsPrefix = 'errors/';

/** Query results of Athena. */
export const queryResultsPrefix = 'athena/results/';

/** Observations by event day, compacted into large objects. */
export const curatedPrefix = 'curated/observations/';

/** Daily summaries, and what the states of the daily workflow hand on to each other. */
export const dailyPrefix = 'daily/';

/** The fraud models: a folder for each version, and `current`, which names the version in use. */
export const modelsPrefix = 'models/fraud/';

/** Batches that no attempt could process; Lambda writes them. */
export const failedBatchesPrefix = 'aws/lambda/';

export interface LakeBucketProps {
  readonly config: AppConfig;
  readonly incomingFiles: Queue;
  readonly incomingLabels: Queue;
  readonly failedBatches: Queue;
}

/** The bucket of all files: those that are dropped, and those that the platform writes. */
export class LakeBucket extends Construct {
  readonly bucket: IBucket;

  constructor(scope: Construct, id: string, { config, ...queues }: LakeBucketProps) {
    super(scope, id);
    // Under exactOptionalPropertyTypes, the library's classes do not match its own interfaces.
    this.bucket = new Bucket(this, 'Bucket', {
      bucketName: `isobar-${config.stage}-lake-${Aws.ACCOUNT_ID}-${config.region}`,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: removalPolicy(config),
      lifecycleRules: [
        {
          id: 'ForgetIngestedFiles',
          prefix: 'incoming/',
          expiration: Duration.days(config.lake.incomingDays),
        },
        { id: 'ForgetFailedBatches', prefix: failedBatchesPrefix, expiration: Duration.days(90) },
        { id: 'ForgetQueryResults', prefix: queryResultsPrefix, expiration: Duration.days(30) },
        { id: 'ForgetTrainingRows', prefix: `${modelsPrefix}training/`, expiration: Duration.days(90) },
        cooling('CoolRaw', rawPrefix, config.lake.infrequentAfterDays.raw),
        cooling('CoolCurated', curatedPrefix, config.lake.infrequentAfterDays.curated),
        {
          id: 'ForgetOldVersions',
          noncurrentVersionExpiration: Duration.days(30),
          // Otherwise a mark stays for ever for each object that was deleted, and lists read over them.
          expiredObjectDeleteMarker: true,
        },
        { id: 'AbortUploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    }) as IBucket;
    this.#version(config);
    this.#notify([
      { queue: queues.incomingFiles, prefix: incomingPrefix },
      { queue: queues.incomingLabels, prefix: labelsPrefix },
      { queue: queues.failedBatches, prefix: failedBatchesPrefix },
    ]);
  }

  /** Functions read and write objects. Lifecycle rules delete them, except where `grantDelete` is needed. */
  grantRead(grantee: IGrantable, prefix: string): void {
    this.#grant(grantee, ['s3:GetObject'], prefix);
  }

  grantWrite(grantee: IGrantable, prefix: string): void {
    this.#grant(grantee, ['s3:GetObject', 's3:PutObject'], prefix);
  }

  /** For functions that delete objects which a lifecycle rule cannot recognise. */
  grantDelete(grantee: IGrantable, prefix: string): void {
    this.#grant(grantee, ['s3:DeleteObject'], prefix);
  }

  /** For a job, which deletes what a failed run left before it runs again. */
  grantReplace(grantee: IGrantable, prefix: string): void {
    this.#grant(grantee, ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], prefix);
  }

  /**
   * For a job of Glue 5.1, which writes through S3A: it uploads in parts, aborts an upload that fails, and
   * looks at the folders above a path.
   * @see https://hadoop.apache.org/docs/stable/hadoop-aws/tools/hadoop-aws/assumed_roles.html
   */
  grantReplaceInParts(grantee: IGrantable, prefix: string): void {
    const inParts = ['s3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];
    this.#grantObjects(grantee, ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', ...inParts], prefix);
    this.#grantList(grantee);
  }

  /**
   * For an on-failure destination. Lambda looks at the bucket itself first.
   * @see https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
   */
  grantPut(grantee: IGrantable, prefix: string): void {
    this.#grantObjects(grantee, ['s3:PutObject'], prefix);
    this.#grantList(grantee);
  }

  #grant(grantee: IGrantable, actions: string[], prefix: string): void {
    this.#grantObjects(grantee, actions, prefix);
    this.#grantList(grantee, prefix);
  }

  #grantObjects({ grantPrincipal }: IGrantable, actions: string[], prefix: string): void {
    const resources = [this.bucket.arnForObjects(`${prefix}*`)];
    grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources }));
  }

  /**
   * With the right to list, S3 answers 404 for a missing object; without it, 403. For a request of an object,
   * its key counts as the prefix.
   * @see https://github.com/ceph/ceph/pull/68577 which follows AWS in this
   */
  #grantList({ grantPrincipal }: IGrantable, prefix?: string): void {
    const list = { actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] };
    const conditions = prefix === undefined ? {} : { StringLike: { 's3:prefix': `${prefix}*` } };
    grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ ...list, conditions }));
  }

  get #resource(): CfnBucket {
    return this.bucket.node.defaultChild as CfnBucket;
  }

  /** Set even where it is off, so that the templates of all stages have the same properties. */
  #version({ lake }: AppConfig): void {
    this.#resource.versioningConfiguration = { status: lake.versioned ? 'Enabled' : 'Suspended' };
  }

  /** Set on the bucket itself, since the library's notifications need a custom resource in Python. */
  #notify(notifications: readonly { readonly queue: Queue; readonly prefix: string }[]): void {
    for (const { queue } of notifications) {
      queue.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal('s3.amazonaws.com')],
          actions: ['sqs:SendMessage'],
          resources: [queue.queueArn],
          // By name: with a reference, the bucket and the policy would depend on each other.
          conditions: {
            ArnEquals: { 'aws:SourceArn': `arn:${Aws.PARTITION}:s3:::${this.#resource.bucketName}` },
            StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          },
        }),
      );
      // S3 sends a test message when the bucket is created, so the policy must exist by then.
      this.bucket.node.addDependency(queue.node.findChild('Policy'));
    }
    this.#resource.notificationConfiguration = {
      queueConfigurations: notifications.map(({ queue, prefix }) => ({
        event: 's3:ObjectCreated:*',
        queue: queue.queueArn,
        filter: { s3Key: { rules: [{ name: 'prefix', value: prefix }] } },
      })),
    };
  }
}

/** S3 leaves objects below 128 kB where they are. */
const cooling = (id: string, prefix: string, days: number): LifecycleRule => ({
  id,
  prefix,
  transitions: [{ storageClass: StorageClass.INFREQUENT_ACCESS, transitionAfter: Duration.days(days) }],
});
