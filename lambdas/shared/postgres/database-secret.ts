import type { EnvReader } from '../aws/env.ts';
import { fetchSecret } from '../aws/secrets.ts';
import type { DatabaseOptions } from './database.ts';

/** Reads the settings of the database: a secret in the format of RDS, and the CA file for TLS. */
export function databaseSettings(env: EnvReader): DatabaseOptions {
  const secretArn = env.text('DATABASE_SECRET_ARN');
  const address =
    env.optionalText('DATABASE_ADDRESS') === undefined
      ? undefined
      : env.parsed('DATABASE_ADDRESS', 'host:port/database', parseAddress);
  return {
    credentials: () => fetchDatabaseCredentials(secretArn, address),
    tlsCaFile: env.optionalText('DATABASE_TLS_CA_FILE'),
  };
}

export interface DatabaseCredentials {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** Where a database is. */
type Address = Pick<DatabaseCredentials, 'host' | 'port' | 'database'>;

function parseAddress(text: string): Address {
  const [, host = '', port, database = ''] = /^([\w.-]+):(\d+)\/(\w+)$/.exec(text) ?? [];
  if (port === undefined) throw new Error('it has another form');
  return { host, port: Number(port), database };
}

export async function fetchDatabaseCredentials(arn: string, address?: Address): Promise<DatabaseCredentials> {
  return parseDatabaseSecret(arn, await fetchSecret(arn), address);
}

/**
 * Reads the text of a secret in the format of RDS. RDS's own secret of a master user has no address.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html
 * @throws Error that names the secret and the missing field
 */
export function parseDatabaseSecret(arn: string, text: string, address?: Address): DatabaseCredentials {
  const secret: unknown = JSON.parse(text);
  if (typeof secret !== 'object' || secret === null)
    throw new Error(`The secret ${arn} is not a JSON object`);
  const field = (name: string) => {
    const value = (secret as Record<string, unknown>)[name];
    if (value === undefined || value === '') throw new Error(`The secret ${arn} has no "${name}"`);
    return String(value);
  };
  return {
    ...(address ?? { host: field('host'), port: Number(field('port')), database: field('dbname') }),
    user: field('username'),
    password: field('password'),
  };
}
