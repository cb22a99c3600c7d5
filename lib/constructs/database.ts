import { Duration } from 'aws-cdk-lib';
import { InstanceType, type ISecurityGroup, type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import {
  Credentials,
  DatabaseInstance,
  DatabaseInstanceEngine,
  ParameterGroup,
  PostgresEngineVersion,
  StorageType,
  SubnetGroup,
} from 'aws-cdk-lib/aws-rds';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';
import { removalPolicy } from '../removal-policy.ts';

export interface DatabaseProps {
  readonly config: AppConfig;
  readonly vpc: IVpc;
  readonly securityGroup: ISecurityGroup;
}

/** Postgres. Clients connect with a generated secret: `{username, password, host, port, dbname, engine}`. */
export class Database extends Construct {
  readonly #secret: ISecret;
  readonly #tlsCaFile: string;

  constructor(scope: Construct, id: string, { config, vpc, securityGroup }: DatabaseProps) {
    super(scope, id);
    const { database, keepData } = config;
    const engine = DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_18_1 });
    const instance = new DatabaseInstance(this, 'Postgres', {
      engine,
      parameterGroup: new ParameterGroup(this, 'Parameters', {
        engine,
        parameters: { 'rds.force_ssl': String(Number(database.forceTls)) },
      }),
      instanceIdentifier: `isobar-${config.stage}`,
      databaseName: 'isobar',
      credentials: Credentials.fromGeneratedSecret('isobar', {
        secretName: `isobar/${config.stage}/database`,
      }),
      instanceType: new InstanceType(database.instanceType),
      vpc,
      subnetGroup: new SubnetGroup(this, 'Subnets', {
        description: 'The isolated subnets',
        vpc,
        vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
        removalPolicy: removalPolicy(config),
      }),
      securityGroups: [securityGroup],
      multiAz: database.multiAz,
      allocatedStorage: database.storageGib,
      maxAllocatedStorage: database.storageLimitGib,
      storageType: StorageType.GP3,
      storageEncrypted: true,
      publiclyAccessible: false,
      backupRetention: Duration.days(database.backupDays),
      deletionProtection: keepData,
      removalPolicy: removalPolicy(config),
    });
    if (instance.secret === undefined) throw new Error('The database has no generated secret.');
    this.#secret = instance.secret;
    this.#tlsCaFile = database.tlsCaFile;
  }

  /** The environment variables that a function needs to connect. */
  get environment(): Record<string, string> {
    return { DATABASE_SECRET_ARN: this.#secret.secretArn, DATABASE_TLS_CA_FILE: this.#tlsCaFile };
  }

  grantConnect(grantee: IGrantable): void {
    this.#secret.grantRead(grantee);
  }
}
