import { Arn, ArnFormat, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { lakeTables } from '../analytics/tables.ts';
import { queryResultsPrefix } from './lake-bucket.ts';

export interface AnalystPolicyProps {
  readonly stage: string;
  readonly lake: IBucket;
  readonly database: string;
  readonly workGroup: string;
}

/**
 * Allows querying the lake in one workgroup: reading its tables, and writing results where the workgroup puts
 * them. The stacks attach it to QuickSight only. Attach it to the roles of people.
 * @see https://docs.aws.amazon.com/athena/latest/ug/workgroups-access.html
 * @see https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
 */
export class AnalystPolicy extends ManagedPolicy {
  constructor(scope: Construct, id: string, { stage, lake, database, workGroup }: AnalystPolicyProps) {
    super(scope, id, {
      managedPolicyName: `isobar-${stage}-analysts`,
      description: 'Queries on the lake through Athena',
    });
    const arn = (service: string, resource: string) =>
      Arn.format({ service, resource, arnFormat: ArnFormat.NO_RESOURCE_NAME }, Stack.of(this));
    const prefixes = lakeTables.map(({ prefix }) => prefix);
    this.addStatements(
      new PolicyStatement({
        actions: [
          'GetWorkGroup',
          'StartQueryExecution',
          'StopQueryExecution',
          'GetQueryExecution',
          'BatchGetQueryExecution',
          'ListQueryExecutions',
          'GetQueryResults',
          'GetQueryResultsStream',
          'GetNamedQuery',
          'BatchGetNamedQuery',
          'ListNamedQueries',
          'GetPreparedStatement',
          'ListPreparedStatements',
        ].map((action) => `athena:${action}`),
        resources: [arn('athena', `workgroup/${workGroup}`)],
      }),
      new PolicyStatement({
        actions: [
          'GetDataCatalog',
          'GetDatabase',
          'ListDatabases',
          'GetTableMetadata',
          'ListTableMetadata',
        ].map((action) => `athena:${action}`),
        resources: [arn('athena', 'datacatalog/AwsDataCatalog')],
      }),
      // IAM cannot narrow these to a resource. JDBC drivers call them first.
      new PolicyStatement({
        actions: ['athena:ListDataCatalogs', 'athena:ListEngineVersions', 'athena:ListWorkGroups'],
        resources: ['*'],
      }),
      new PolicyStatement({
        actions: [
          'GetDatabase',
          'GetDatabases',
          'GetTable',
          'GetTables',
          'GetPartition',
          'GetPartitions',
          'BatchGetPartition',
        ].map((action) => `glue:${action}`),
        resources: [
          arn('glue', 'catalog'),
          arn('glue', `database/${database}`),
          ...lakeTables.map(({ name }) => arn('glue', `table/${database}/${name}`)),
        ],
      }),
      // Athena reads it with every query.
      new PolicyStatement({ actions: ['glue:GetDatabase'], resources: [arn('glue', 'database/default')] }),
      new PolicyStatement({
        actions: ['s3:GetObject'],
        resources: prefixes.map((prefix) => lake.arnForObjects(`${prefix}*`)),
      }),
      new PolicyStatement({
        actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
        resources: [lake.arnForObjects(`${queryResultsPrefix}*`)],
      }),
      new PolicyStatement({
        actions: ['s3:ListBucket'],
        resources: [lake.bucketArn],
        conditions: {
          StringLike: { 's3:prefix': [...prefixes, queryResultsPrefix].map((prefix) => `${prefix}*`) },
        },
      }),
      new PolicyStatement({ actions: ['s3:GetBucketLocation'], resources: [lake.bucketArn] }),
    );
  }
}
