import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { InstanceType, type ISecurityGroup, type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import {
  Credentials,
  DatabaseInsightsMode,
  DatabaseInstance,
  DatabaseInstanceEngine,
  type DatabaseSecret,
  ParameterGroup,
  PostgresEngineVersion,
  StorageType,
  SubnetGroup,
} from 'aws-cdk-lib/aws-rds';
import { type ISecret, type ISecretAttachmentTarget, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { type DatabaseRole, databaseRoles, loginsOf } from '../../lambdas/shared/postgres/database-roles.ts';
import type { AppConfig } from '../app-config.ts';
import { assertRdsRootCas, rdsCaFile } from '../rds-root-cas.ts';
import { removalPolicy } from '../removal-policy.ts';

export interface DatabaseProps {
  readonly config: AppConfig;
  readonly vpc: IVpc;
  readonly securityGroup: ISecurityGroup;
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Concepts.PostgreSQL.html */
const exportedLogs = ['postgresql', 'upgrade'] as const;

/**
 * Postgres, with a generated secret for the master user and one for each role:
 * `{username, password, host, port, dbname, engine}`. `prepare-roles` creates the roles.
 */
export class Database extends Construct {
  readonly #master: ISecret;
  readonly #secrets: ReadonlyMap<DatabaseRole, ISecret>;
  readonly #tlsCaFile: string;

  constructor(scope: Construct, id: string, { config, vpc, securityGroup }: DatabaseProps) {
    super(scope, id);
    const { database, keepData } = config;
    if (database.tlsCaFile.endsWith(rdsCaFile)) assertRdsRootCas(config.region);
    // The major version alone: AWS replaces the minor one, and what the template says stays true.
    const engine = DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_18 });
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
      autoMinorVersionUpgrade: true,
      databaseInsightsMode: DatabaseInsightsMode.STANDARD,
      enablePerformanceInsights: true,
      cloudwatchLogsExports: [...exportedLogs],
      backupRetention: Duration.days(database.backupDays),
      deletionProtection: keepData,
      removalPolicy: removalPolicy(config),
    });
    for (const name of exportedLogs)
      instance.node.addDependency(
        // Otherwise RDS creates it, and keeps its lines for ever.
        new LogGroup(this, `${name}Logs`, {
          logGroupName: `/aws/rds/instance/isobar-${config.stage}/${name}`,
          retention: config.functions.logDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      );
    // A database that is kept is of no use without its password.
    (instance.node.findChild('Secret') as DatabaseSecret).applyRemovalPolicy(removalPolicy(config));
    if (instance.secret === undefined) throw new Error('The database has no generated secret.');
    this.#master = instance.secret;
    this.#secrets = new Map(databaseRoles.map((role) => [role, this.#secretOf(role, instance, config)]));
    this.#tlsCaFile = database.tlsCaFile;
  }

  /** Lets a function connect as a role: its variables name the secret of that role, which it may read. */
  connect(user: LambdaFunction, role: DatabaseRole): void {
    this.#connect(user, this.secretOf(role));
  }

  /** Lets a function connect as the master user, who creates the roles. */
  connectAsMaster(user: LambdaFunction): void {
    this.#connect(user, this.#master);
  }

  secretOf(role: DatabaseRole): ISecret {
    const secret = this.#secrets.get(role);
    if (secret === undefined) throw new Error(`The role ${role} has no secret.`);
    return secret;
  }

  #connect(user: LambdaFunction, secret: ISecret): void {
    user.addEnvironment('DATABASE_SECRET_ARN', secret.secretArn);
    user.addEnvironment('DATABASE_TLS_CA_FILE', this.#tlsCaFile);
    secret.grantRead(user);
  }

  #secretOf(role: DatabaseRole, instance: ISecretAttachmentTarget, { stage }: AppConfig): ISecret {
    const secret = new Secret(this, `${role[0]?.toUpperCase()}${role.slice(1)}Secret`, {
      secretName: `isobar/${stage}/database/${role}`,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: loginsOf(role)[0] }),
        generateStringKey: 'password',
        // 43 letters and digits: more than 255 bits.
        passwordLength: 43,
        excludePunctuation: true,
      },
    });
    return secret.attach(instance);
  }
}
