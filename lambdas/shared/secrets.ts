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
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient();
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }));
    if (!SecretString) throw new Error('it holds no string');
    return SecretString;
  } catch (cause) {
    throw new Error(`Reading the secret ${arn} failed`, { cause });
  } finally {
    client.destroy();
  }
}
