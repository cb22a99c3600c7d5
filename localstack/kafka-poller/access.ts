import type { KafkaConfig, SASLOptions } from 'kafkajs';
import type { Aws } from './aws.ts';
import type { Mapping } from './mappings.ts';

/** How to connect to brokers: without TLS unless `ssl` is set. */
export type Access = Pick<KafkaConfig, 'ssl' | 'sasl'>;

/**
 * Reads the secrets that a mapping names in its SourceAccessConfigurations:
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-cluster-auth.html. Throws when a secret cannot be read.
 */
export async function readAccess(configurations: Mapping['access'], aws: Aws): Promise<Access> {
  const secretOf = async (type: string) => {
    const found = configurations.find((one) => one.type === type);
    return found && readSecret(found.uri, aws);
  };
  const [rootCa, client] = [
    await secretOf('SERVER_ROOT_CA_CERTIFICATE'),
    await secretOf('CLIENT_CERTIFICATE_TLS_AUTH'),
  ];
  const sasl = await readSasl(secretOf);
  if (!rootCa && !client && !sasl) return {};
  const passphrase = client?.values.privateKeyPassword ? field(client, 'privateKeyPassword') : undefined;
  return {
    // Credentials are only sent over TLS: AWS does not support SASL_PLAINTEXT.
    ssl: {
      ...(rootCa && { ca: field(rootCa, 'certificate') }),
      ...(client && { cert: field(client, 'certificate'), key: field(client, 'privateKey') }),
      ...(passphrase && { passphrase }),
    },
    ...(sasl && { sasl }),
  };
}

async function readSasl(
  secretOf: (type: string) => Promise<Secret | undefined>,
): Promise<SASLOptions | undefined> {
  const credentials = (secret: Secret) => ({
    username: field(secret, 'username'),
    password: field(secret, 'password'),
  });
  const sha512 = await secretOf('SASL_SCRAM_512_AUTH');
  if (sha512) return { mechanism: 'scram-sha-512', ...credentials(sha512) };
  const sha256 = await secretOf('SASL_SCRAM_256_AUTH');
  if (sha256) return { mechanism: 'scram-sha-256', ...credentials(sha256) };
  const basic = await secretOf('BASIC_AUTH');
  return basic && { mechanism: 'plain', ...credentials(basic) };
}

type Secret = { id: string; values: { [name: string]: unknown } };

async function readSecret(id: string, aws: Aws): Promise<Secret> {
  const { status, body } = await aws({
    service: 'secretsmanager',
    method: 'POST',
    path: '/',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'secretsmanager.GetSecretValue',
    },
    body: Buffer.from(JSON.stringify({ SecretId: id })),
  });
  if (status !== 200) throw new Error(`GetSecretValue of ${id} answered ${status}`);
  const { SecretString: text }: { SecretString?: unknown } = JSON.parse(body.toString());
  return { id, values: parseObject(text) ?? fail(`the secret ${id} is not a JSON object`) };
}

function parseObject(text: unknown): { [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    // The parser's error would quote the secret.
    return undefined;
  }
}

function field({ id, values }: Secret, name: string): string {
  const value = values[name];
  return typeof value === 'string' && value !== '' ? value : fail(`the secret ${id} has no field ${name}`);
}

function fail(message: string): never {
  throw new Error(message);
}
