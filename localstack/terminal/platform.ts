import type { Endpoints } from '../endpoints.ts';

/** What a person needs to deploy an app of their own to the platform. */
export function renderPlatform(endpoints: Endpoints): string[] {
  const { awsEndpointUrl, region, kafkaBrokers, postgresUrl, pollerMetricsUrl } = endpoints;
  return [
    '',
    `AWS             ${awsEndpointUrl}`,
    `Kafka brokers   ${kafkaBrokers.join(',')}`,
    `Postgres        ${postgresUrl}`,
    `Poller metrics  ${pollerMetricsUrl}`,
    '',
    'In another terminal, for the AWS CLI, SAM and the CDK:',
    '',
    `  export AWS_ENDPOINT_URL=${awsEndpointUrl} AWS_REGION=${region}`,
    '  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test',
    '',
    'The CDK needs `npx cdk bootstrap` first, as on AWS. An example: docs/your-own-app.md',
  ];
}
