import type { Endpoints } from '../endpoints.ts';

/** LocalStack takes any; these are never sent beyond the loopback interface. */
export const localCredentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** What an AWS client needs to talk to the platform at these endpoints. */
export const localAccount = ({ awsEndpointUrl, region }: Pick<Endpoints, 'awsEndpointUrl' | 'region'>) => ({
  endpoint: awsEndpointUrl,
  region,
  credentials: localCredentials,
});
