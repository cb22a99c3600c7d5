import type { LocalAccount } from './environment.ts';

const qualifier = 'hnb659fds';
const accountId = '000000000000';

/** The version of the CDK's bootstrap template. Stacks require at least 6. */
const bootstrapVersion = '30';

/**
 * Prepares the local account for the CDK. A local deploy needs only two of the bootstrap resources: the asset
 * bucket and the version parameter. The real `cdk bootstrap` takes 10 s, most of it waiting for the next poll
 * of stack events.
 */
export async function bootstrapLocally(account: LocalAccount): Promise<void> {
  await Promise.all([createAssetBucket(account), recordBootstrapVersion(account)]);
}

async function createAssetBucket({ endpointUrl, region }: LocalAccount): Promise<void> {
  const bucket = `cdk-${qualifier}-assets-${accountId}-${region}`;
  await send({ endpointUrl, region, service: 's3', method: 'PUT', path: `/${bucket}` });
}

async function recordBootstrapVersion({ endpointUrl, region }: LocalAccount): Promise<void> {
  await send({
    endpointUrl,
    region,
    service: 'ssm',
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'AmazonSSM.PutParameter' },
    body: JSON.stringify({
      Name: `/cdk-bootstrap/${qualifier}/version`,
      Type: 'String',
      Value: bootstrapVersion,
      Overwrite: true,
    }),
  });
}

interface Call extends LocalAccount {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** LocalStack reads account, region and service from the signature, but does not verify it. */
async function send({ endpointUrl, region, service, method, path, headers, body }: Call): Promise<void> {
  const credential = `test/20260101/${region}/${service}/aws4_request`;
  const response = await fetch(new URL(path, endpointUrl), {
    method,
    headers: {
      ...headers,
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
    },
    ...(body === undefined ? {} : { body }),
  });
  if (!response.ok) {
    throw new Error(
      `Cannot prepare the local account: ${service} at ${endpointUrl} answered ${response.status} ${await response.text()}`,
    );
  }
}
