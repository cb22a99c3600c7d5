import { type Env, readEnv } from '../../shared/aws/env.ts';
import { type DatabaseRole, databaseRoles } from '../../shared/postgres/database-roles.ts';
import { databaseSettings } from '../../shared/postgres/database-secret.ts';

export const readConfig = (source?: Env) =>
  readEnv(
    (env) => ({
      database: databaseSettings(env),
      secrets: env.parsed('ROLE_SECRET_ARNS', 'an object with the ARN of each role', parseArns),
    }),
    source,
  );

function parseArns(text: string): readonly { readonly role: DatabaseRole; readonly arn: string }[] {
  const arns: Readonly<Record<string, unknown>> = JSON.parse(text);
  return databaseRoles.map((role) => {
    const arn = arns[role];
    if (typeof arn !== 'string') throw new Error(`no ARN of the role ${role}`);
    return { role, arn };
  });
}
