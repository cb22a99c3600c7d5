import { Aws, CfnOutput, Stack } from 'aws-cdk-lib';
import { CfnNamedQuery, CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import type { Construct } from 'constructs';
import { namedQueries } from '../analytics/named-queries.ts';
import { tableInput } from '../analytics/table-input.ts';
import { lakeTables } from '../analytics/tables.ts';
import type { AppConfig } from '../app-config.ts';
import { AnalystPolicy } from '../constructs/analyst-policy.ts';
import { queryResultsPrefix } from '../constructs/lake-bucket.ts';
import { QuickSightDashboard } from '../constructs/quicksight-dashboard.ts';
import type { StorageStack } from './storage.ts';

export interface AnalyticsStackProps {
  readonly config: AppConfig;
  readonly storage: StorageStack;
}

const gib = 1024 ** 3;

/** Tables over the lake, and an Athena workgroup. The schemas are those of the writing code: no crawlers. */
export class AnalyticsStack extends Stack {
  readonly database: CfnDatabase;
  readonly workGroup: CfnWorkGroup;

  constructor(scope: Construct, { config, storage }: AnalyticsStackProps) {
    super(scope, 'Analytics', {
      stackName: `isobar-${config.stage}-analytics`,
      env: { region: config.region },
    });
    const lake = `s3://${storage.lake.bucket.bucketName}/`;
    this.database = new CfnDatabase(this, 'Database', {
      catalogId: Aws.ACCOUNT_ID,
      databaseInput: {
        name: `isobar_${config.stage}`,
        description: 'Weather observations, daily summaries and errors',
      },
    });
    for (const table of lakeTables) {
      new CfnTable(this, pascalCase(table.name), {
        catalogId: Aws.ACCOUNT_ID,
        databaseName: this.database.ref,
        tableInput: tableInput(table, lake),
      });
    }
    this.workGroup = this.#workGroup(config, lake);
    for (const { name, description, sql } of namedQueries) {
      new CfnNamedQuery(this, pascalCase(name), {
        name,
        description,
        database: this.database.ref,
        workGroup: this.workGroup.ref,
        queryString: sql.trim(),
      });
    }
    const query = { stage: config.stage, database: this.database.ref, workGroup: this.workGroup.ref };
    const analysts = new AnalystPolicy(this, 'Analysts', { ...query, lake: storage.lake.bucket });
    new CfnOutput(this, 'AnalystPolicyArn', { value: analysts.managedPolicyArn });
    const { quickSightPrincipalArn: principalArn } = config.analytics;
    if (principalArn !== undefined)
      new QuickSightDashboard(this, 'QuickSight', { ...query, analysts, principalArn });
  }

  /** The settings of the workgroup override those of clients. */
  #workGroup({ stage, analytics }: AppConfig, lake: string): CfnWorkGroup {
    return new CfnWorkGroup(this, 'WorkGroup', {
      name: `isobar-${stage}`,
      description: 'Queries on the lake',
      // Athena refuses to delete a group with a history of queries. The results are in the lake.
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: analytics.queryScanLimitGib * gib,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `${lake}${queryResultsPrefix}`,
          encryptionConfiguration: { encryptionOption: 'SSE_S3' },
          expectedBucketOwner: Aws.ACCOUNT_ID,
        },
      },
    });
  }
}

const pascalCase = (name: string) =>
  name.replace(/(?:^|[-_])(\w)/g, (_match, letter: string) => letter.toUpperCase());
