/** A getter that fetches once and remembers; a failed fetch, or `forget()`, makes the next call fetch again. */
export function remember<T>(fetch: () => Promise<T>): { get(): Promise<T>; forget(): void } {
  let value: Promise<T> | undefined;
  const forget = () => {
    value = undefined;
  };
  return {
    get() {
      value ??= fetch().catch((error) => {
        forget();
        throw error;
      });
      return value;
    },
    forget,
  };
}

/** The string of a Secrets Manager secret. The SDK is loaded here because most invokes of a warm function never need it. */
export async function fetchSecret(arn: string): Promise<string> {
  const current = await fetchVersion(arn, 'AWSCURRENT');
  if (current === undefined) throw new Error(`Reading the secret ${arn} failed: it has no version`);
  return current;
}

/**
 * The strings of a secret's current version and, once it was rotated, of the one before.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version
 */
export async function fetchSecretVersions(arn: string): Promise<string[]> {
  const versions = await Promise.all([fetchSecret(arn), fetchVersion(arn, 'AWSPREVIOUS')]);
  return versions.filter((version) => version !== undefined);
}

async function fetchVersion(arn: string, stage: 'AWSCURRENT' | 'AWSPREVIOUS'): Promise<string | undefined> {
  const { GetSecretValueCommand, ResourceNotFoundException, SecretsManagerClient } = await import(
    '@aws-sdk/client-secrets-manager'
  );
  const client = new SecretsManagerClient();
  try {
    const { SecretString } = await client.send(
      new GetSecretValueCommand({ SecretId: arn, VersionStage: stage }),
    );
    if (!SecretString) throw new Error('it holds no string');
    return SecretString;
  } catch (cause) {
    if (stage === 'AWSPREVIOUS' && cause instanceof ResourceNotFoundException) return undefined;
    throw new Error(`Reading the secret ${arn} failed`, { cause });
  } finally {
    client.destroy();
  }
}
