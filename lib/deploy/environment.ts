type Environment = Readonly<Record<string, string | undefined>>;

/** The caller's AWS settings. @throws Error when they redirect AWS's clients to another endpoint */
export function cloudEnvironment(ambient: Environment): Environment {
  const redirected = Object.keys(ambient).find(
    (name) => name.startsWith('AWS_ENDPOINT_URL') && ambient[name],
  );
  if (redirected !== undefined) {
    throw new Error(`This stage deploys to AWS, but ${redirected} redirects to another endpoint. Unset it.`);
  }
  return ambient;
}

/** Runs `task` with another process environment, the only way to give the CDK's AWS clients an endpoint. */
export async function inEnvironment<T>(environment: Environment, task: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  replaceEnvironment(environment);
  try {
    return await task();
  } finally {
    replaceEnvironment(before);
  }
}

function replaceEnvironment(environment: Environment): void {
  for (const name of Object.keys(process.env)) delete process.env[name];
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined) process.env[name] = value;
  }
}
