import type { AppConfig } from '../../lib/app-config.ts';
import type { Wanted } from './wanted.ts';

/** What the checks ask of an AWS account, in the stage's region. When a call throws, the check says why. */
export interface Account {
  identity(): Promise<{ readonly account: string; readonly arn: string }>;
  /** The zones of the region that the account can use, by id. */
  zones(): Promise<readonly string[]>;
  /** Functions that may run at once, all functions of the account together. */
  concurrency(): Promise<number>;
  secret(name: string): Promise<'present' | 'absent' | 'being deleted'>;
  /** Whether API Gateway has a role to write logs with. */
  canApiLog(): Promise<boolean>;
  /** Undefined: there is no such stack. */
  stackStatus(name: string): Promise<string | undefined>;
  hasBucket(name: string): Promise<boolean>;
  hasDatabase(id: string): Promise<boolean>;
  hasCluster(name: string): Promise<boolean>;
  hasRole(name: string): Promise<boolean>;
  /** The versions of Postgres that RDS creates on this instance class. */
  postgresVersions(instanceClass: string): Promise<readonly string[]>;
  /** The versions of Kafka that MSK creates. */
  kafkaVersions(): Promise<readonly string[]>;
  /** Undefined: there is none with this ARN. */
  cluster(arn: string): Promise<FoundCluster | undefined>;
  /** Undefined: there is none of this name. */
  database(id: string): Promise<FoundDatabase | undefined>;
  /** Undefined: there is no such security group. */
  securityGroup(id: string): Promise<FoundGroup | undefined>;
}

export interface FoundCluster {
  readonly state: string;
  readonly kind: 'provisioned' | 'serverless';
  readonly securityGroupIds: readonly string[];
  readonly auth: readonly ('iam' | 'scram')[];
  /** The rest is of provisioned clusters. */
  readonly brokers?: number;
  /** Absent for brokers whose storage grows by itself. */
  readonly volumeGib?: number;
  readonly monitored?: boolean;
}

export interface FoundDatabase {
  readonly status: string;
  readonly engine: string;
  readonly version: string;
  readonly host: string;
  readonly port: number;
  readonly storageGib: number;
  readonly securityGroupIds: readonly string[];
}

interface FoundGroup {
  readonly vpcId: string;
  /** Whether members of the group may connect to each other on this port. */
  admitsItself(port: number): boolean;
}

/** `stop`: the deploy would fail. `note`: it may work, and somebody should know. */
export interface Finding {
  readonly check: string;
  readonly result: 'ok' | 'note' | 'stop';
  readonly found: string;
  /** What to do, for one who has not deployed before. */
  readonly todo?: string;
}

export type Check = (account: Account, wanted: Wanted, config: AppConfig) => Promise<readonly Finding[]>;
