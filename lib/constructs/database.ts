import { Duration } from 'aws-cdk-lib';
import { InstanceType, type ISecurityGroup, type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
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
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
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
 * Postgres, with a secret for the master user and one for each role, which `prepare-roles` creates:
 * `{username, password, host, port, dbname, engine}`. The secret of the master user of an instance that
 * exists may have no more than the first two.
 */
export class Database extends Construct {
  readonly #master: ISecret;
  readonly #secrets: ReadonlyMap<DatabaseRole, ISecret>;
  readonly #config: AppConfig['database'];
  /** Of a secret that exists, if the key is not AWS's own. */
  readonly #masterKey: IKey | undefined;

  constructor(scope: Construct, id: string, props: DatabaseProps) {
    super(scope, id);
    const { region, stage, database } = props.config;
    this.#config = database;
    if (database.tlsCaFile.endsWith(rdsCaFile)) assertRdsRootCas(region);
    const instance = database.existing === undefined ? this.#instance(props) : undefined;
    this.#master = instance === undefined ? this.#existingSecret() : secretOf(instance);
    const keyArn = database.existing?.masterSecretKeyArn;
    this.#masterKey = keyArn === undefined ? undefined : Key.fromKeyArn(this, 'MasterKey', keyArn);
    this.#secrets = new Map(
      databaseRoles.map((role): [DatabaseRole, ISecret] => {
        const secret = this.#roleSecret(role, stage);
        // The library's classes do not meet its own interfaces under exactOptionalPropertyTypes.
        return [role, instance === undefined ? (secret as ISecret) : secret.attach(instance)];
      }),
    );
  }

  #instance({ config, vpc, securityGroup }: DatabaseProps): DatabaseInstance {
    const { database, keepData } = config;
    // The major version alone: AWS replaces the minor one, and what the template says stays true.
    const engine = DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_18 });
    const instance = new DatabaseInstance(this, 'Postgres', {
      engine,
      parameterGroup: new ParameterGroup(this, 'Parameters', {
        engine,
        parameters: { 'rds.force_ssl': String(Number(database.forceTls)) },
        // RDS refuses to delete what an instance uses.
        removalPolicy: removalPolicy(config),
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
        // Otherwise RDS creates it, and keeps its lines for ever: so it is kept with the instance, too.
        new LogGroup(this, `${name}Logs`, {
          logGroupName: `/aws/rds/instance/isobar-${config.stage}/${name}`,
          retention: config.functions.logDays,
          removalPolicy: removalPolicy(config),
        }),
      );
    // A database that is kept is of no use without its password.
    (instance.node.findChild('Secret') as DatabaseSecret).applyRemovalPolicy(removalPolicy(config));
    return instance;
  }

  #existingSecret(): ISecret {
    return Secret.fromSecretCompleteArn(this, 'Master', this.#config.existing?.masterSecretArn ?? '');
  }

  /** Lets a function connect as a role: its variables name the secret of that role, which it may read. */
  connect(user: LambdaFunction, role: DatabaseRole): void {
    this.#connect(user, this.secretOf(role));
  }

  /** Lets a function connect as the master user, who creates the roles. */
  connectAsMaster(user: LambdaFunction): void {
    this.#connect(user, this.#master);
    const { existing } = this.#config;
    if (existing === undefined) return;
    // A secret that RDS manages has the user and the password alone.
    user.addEnvironment('DATABASE_ADDRESS', `${existing.host}:${existing.port}/${existing.databaseName}`);
    this.#masterKey?.grantDecrypt(user);
  }

  secretOf(role: DatabaseRole): ISecret {
    const secret = this.#secrets.get(role);
    if (secret === undefined) throw new Error(`The role ${role} has no secret.`);
    return secret;
  }

  #connect(user: LambdaFunction, secret: ISecret): void {
    user.addEnvironment('DATABASE_SECRET_ARN', secret.secretArn);
    user.addEnvironment('DATABASE_TLS_CA_FILE', this.#config.tlsCaFile);
    secret.grantRead(user);
  }

  #roleSecret(role: DatabaseRole, stage: string): Secret {
    const { existing } = this.#config;
    // Of an instance of its own, the attachment adds these.
    const address = existing && {
      engine: 'postgres',
      host: existing.host,
      port: existing.port,
      dbname: existing.databaseName,
    };
    return new Secret(this, `${role[0]?.toUpperCase()}${role.slice(1)}Secret`, {
      secretName: `isobar/${stage}/database/${role}`,
      generateSecretString: {
        secretStringTemplate: JSON.stringify({ username: loginsOf(role)[0], ...address }),
        generateStringKey: 'password',
        // 43 letters and digits: more than 255 bits.
        passwordLength: 43,
        excludePunctuation: true,
      },
    });
  }
}

function secretOf({ secret }: DatabaseInstance): ISecret {
  if (secret === undefined) throw new Error('The database has no generated secret.');
  return secret;
}
