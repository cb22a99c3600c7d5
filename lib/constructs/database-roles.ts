import { Duration } from 'aws-cdk-lib';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { databaseRoles } from '../../lambdas/shared/postgres/database-roles.ts';
import type { Database } from './database.ts';
import { type FunctionSetting, NodeFunction } from './node-function.ts';

export interface DatabaseRolesProps extends FunctionSetting {
  readonly database: Database;
}

const timeout = Duration.minutes(5);

/** The roles of the database: the deploy invokes `prepare-roles`, which creates them. */
export class DatabaseRoles extends Construct {
  /** Runs the function. Whoever connects as a role comes after it. */
  readonly created: Trigger;

  constructor(scope: Construct, id: string, { database, ...setting }: DatabaseRolesProps) {
    super(scope, id);
    const arns = databaseRoles.map((role) => [role, database.secretOf(role).secretArn]);
    const prepare = new NodeFunction(this, 'Prepare', {
      ...setting,
      folder: 'prepare-roles',
      memoryMb: 256,
      timeout,
      environment: { ROLE_SECRET_ARNS: JSON.stringify(Object.fromEntries(arns)) },
    });
    database.connectAsMaster(prepare);
    for (const role of databaseRoles) database.secretOf(role).grantRead(prepare);
    this.created = new Trigger(this, 'Created', { handler: prepare, timeout });
  }
}
