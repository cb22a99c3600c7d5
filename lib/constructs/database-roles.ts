import { Duration } from 'aws-cdk-lib';
import { RotationSchedule } from 'aws-cdk-lib/aws-secretsmanager';
import { Trigger } from 'aws-cdk-lib/triggers';
import { Construct } from 'constructs';
import { databaseRoles } from '../../lambdas/shared/postgres/database-roles.ts';
import type { Database } from './database.ts';
import { type FunctionSetting, NodeFunction } from './node-function.ts';

export interface DatabaseRolesProps extends FunctionSetting {
  readonly database: Database;
}

const timeout = Duration.minutes(5);

const rotationDays = 30;

/**
 * The roles of the database: the deploy invokes `prepare-roles`, which creates them, and Secrets Manager
 * `rotate-secret`, which changes their passwords.
 */
export class DatabaseRoles extends Construct {
  /** Runs the function. Whoever connects as a role comes after it. */
  readonly created: Trigger;

  constructor(scope: Construct, id: string, { database, ...setting }: DatabaseRolesProps) {
    super(scope, id);
    this.created = this.#prepare({ database, ...setting });
    this.#rotate({ database, ...setting });
  }

  #prepare({ database, ...setting }: DatabaseRolesProps): Trigger {
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
    return new Trigger(this, 'Created', { handler: prepare, timeout });
  }

  #rotate({ database, ...setting }: DatabaseRolesProps): void {
    const rotate = new NodeFunction(this, 'Rotate', {
      ...setting,
      folder: 'rotate-secret',
      memoryMb: 256,
      timeout: Duration.minutes(1),
      environment: {},
    });
    database.connectAsMaster(rotate);
    for (const role of databaseRoles) {
      const schedule = new RotationSchedule(this, `${role[0]?.toUpperCase()}${role.slice(1)}Rotation`, {
        secret: database.secretOf(role),
        rotationLambda: rotate,
        automaticallyAfter: Duration.days(rotationDays),
        rotateImmediatelyOnUpdate: false,
      });
      // Secrets Manager tests the login when the schedule is set.
      schedule.node.addDependency(this.created);
    }
  }
}
