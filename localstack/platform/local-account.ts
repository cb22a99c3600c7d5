import type { Endpoints } from '../endpoints.ts';

/** LocalStack accepts any credentials. These never leave the loopback interface. */
export const localCredentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** The settings of an AWS client for the local platform. */
export const localAccount = ({ awsEndpointUrl, region }: Pick<Endpoints, 'awsEndpointUrl' | 'region'>) => ({
  endpoint: awsEndpointUrl,
  region,
  credentials: localCredentials,
});
