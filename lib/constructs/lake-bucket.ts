import { Aws, Duration } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type IBucket,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';
import { removalPolicy } from '../removal-policy.ts';

/** Files dropped here are ingested. */
export const incomingPrefix = 'incoming/observations/';

/** Files dropped here say which transactions were frauds. */
export const labelsPrefix = 'incoming/labels/';

/** What landed from Kafka, as Parquet. */
export const rawPrefix = 'raw/observations/';

/** Errors as JSON lines. */
export const errorsPrefix = 'errors/';

/** Results of Athena's queries. */
export const queryResultsPrefix = 'athena/results/';

/** What landed, compacted by event day. */
export const curatedPrefix = 'curated/observations/';

/** What the daily workflow makes of a day, and what it hands from state to state. */
export const dailyPrefix = 'daily/';

/** The fraud models: a folder a version, and `current`, which names one. */
export const modelsPrefix = 'models/fraud/';

/** Where Lambda puts the batches that no attempt could process. */
export const failedBatchesPrefix = 'aws/lambda/';

export interface LakeBucketProps {
  readonly config: AppConfig;
  readonly incomingFiles: Queue;
  readonly incomingLabels: Queue;
  readonly failedBatches: Queue;
}

/** Everything that is a file: what arrives, and what the platform makes of it. */
export class LakeBucket extends Construct {
  readonly bucket: IBucket;

  constructor(scope: Construct, id: string, { config, ...queues }: LakeBucketProps) {
    super(scope, id);
    // The library's classes do not meet its own interfaces under exactOptionalPropertyTypes.
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
        { id: 'ForgetOldVersions', noncurrentVersionExpiration: Duration.days(30) },
        { id: 'AbortUploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    }) as IBucket;
    this.#version(config);
    this.#announce([
      { queue: queues.incomingFiles, prefix: incomingPrefix },
      { queue: queues.incomingLabels, prefix: labelsPrefix },
      { queue: queues.failedBatches, prefix: failedBatchesPrefix },
    ]);
  }

  /**
   * Functions read files and write them. They delete none, but for `grantRemove`: that is left to the
   * lifecycle.
   */
  grantRead(grantee: IGrantable, prefix: string): void {
    this.#grant(grantee, ['s3:GetObject'], prefix);
  }

  grantWrite(grantee: IGrantable, prefix: string): void {
    this.#grant(grantee, ['s3:GetObject', 's3:PutObject'], prefix);
  }

  /** For what removes files that a lifecycle cannot tell from others. */
  grantRemove(grantee: IGrantable, prefix: string): void {
    this.#grant(grantee, ['s3:DeleteObject'], prefix);
  }

  /** For a job, which starts a run again by removing what it left. */
  grantReplace(grantee: IGrantable, prefix: string): void {
    this.#grant(grantee, ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], prefix);
  }

  /**
   * What an on-failure destination takes. @see
   * https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html
   */
  grantHandIn(grantee: IGrantable, prefix: string): void {
    this.#grant(grantee, ['s3:PutObject'], prefix);
  }

  /** Without the right to list, S3 calls a missing object forbidden. */
  #grant({ grantPrincipal }: IGrantable, actions: string[], prefix: string): void {
    for (const statement of [
      { actions, resources: [this.bucket.arnForObjects(`${prefix}*`)] },
      { actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] },
    ]) {
      grantPrincipal.addToPrincipalPolicy(new PolicyStatement(statement));
    }
  }

  get #resource(): CfnBucket {
    return this.bucket.node.defaultChild as CfnBucket;
  }

  /** Written even where it is off, so that the stages' templates have the same shape. */
  #version({ lake }: AppConfig): void {
    this.#resource.versioningConfiguration = { status: lake.versioned ? 'Enabled' : 'Suspended' };
  }

  /** On the bucket itself: the L2's notifications go through a custom resource in Python. */
  #announce(announcements: readonly { readonly queue: Queue; readonly prefix: string }[]): void {
    for (const { queue } of announcements) {
      queue.addToResourcePolicy(
        new PolicyStatement({
          principals: [new ServicePrincipal('s3.amazonaws.com')],
          actions: ['sqs:SendMessage'],
          resources: [queue.queueArn],
          // By name: a reference would make the bucket and the policy wait for each other.
          conditions: {
            ArnEquals: { 'aws:SourceArn': `arn:${Aws.PARTITION}:s3:::${this.#resource.bucketName}` },
            StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
          },
        }),
      );
      // S3 tries the queue when the bucket is created, and must be allowed in by then.
      this.bucket.node.addDependency(queue.node.findChild('Policy'));
    }
    this.#resource.notificationConfiguration = {
      queueConfigurations: announcements.map(({ queue, prefix }) => ({
        event: 's3:ObjectCreated:*',
        queue: queue.queueArn,
        filter: { s3Key: { rules: [{ name: 'prefix', value: prefix }] } },
      })),
    };
  }
}
