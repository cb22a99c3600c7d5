/** The string of a Secrets Manager secret. */
export async function fetchSecret(arn: string): Promise<string> {
  return withClient(async (fetchVersion) => current(arn, await fetchVersion(arn, 'AWSCURRENT')));
}

/**
 * The strings of a secret's current version and, after a rotation, of the previous one.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version
 */
export async function fetchSecretVersions(arn: string): Promise<string[]> {
  return withClient(async (fetchVersion) => {
    const [now, before] = await Promise.all([
      fetchVersion(arn, 'AWSCURRENT'),
      fetchVersion(arn, 'AWSPREVIOUS'),
    ]);
    return before === undefined ? [current(arn, now)] : [current(arn, now), before];
  });
}

function current(arn: string, version: string | undefined): string {
  if (version === undefined) throw new Error(`Reading the secret ${arn} failed: it has no current version`);
  return version;
}

type FetchVersion = (arn: string, stage: 'AWSCURRENT' | 'AWSPREVIOUS') => Promise<string | undefined>;

/**
 * Loads the SDK only when needed, and closes the client afterwards: most invokes of a warm function read no
 * secret.
 */
async function withClient<T>(work: (fetchVersion: FetchVersion) => Promise<T>): Promise<T> {
  const { GetSecretValueCommand, ResourceNotFoundException, SecretsManagerClient } = await import(
    '@aws-sdk/client-secrets-manager'
  );
  const client = new SecretsManagerClient();
  const fetchVersion: FetchVersion = async (arn, stage) => {
    try {
      const { SecretString } = await client.send(
        new GetSecretValueCommand({ SecretId: arn, VersionStage: stage }),
      );
      if (!SecretString) throw new Error('it has no string value');
      return SecretString;
    } catch (cause) {
      if (stage === 'AWSPREVIOUS' && cause instanceof ResourceNotFoundException) return undefined;
      throw new Error(`Reading the secret ${arn} failed`, { cause });
    }
  };
  return work(fetchVersion).finally(() => client.destroy());
}
