import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { noContext, proxyEvent } from '../../shared/http/proxy-event.ts';
import { parsePrometheusText } from '../show-metrics/parse-prometheus-text.ts';

/** Answers in the form of the API references of Secrets Manager and of CloudWatch. */
const answers: Record<string, (body: { VersionStage?: string }) => readonly [status: number, body: object]> =
  {
    'secretsmanager.GetSecretValue': ({ VersionStage }) =>
      VersionStage === 'AWSCURRENT'
        ? [200, { Name: 'token', SecretString: 'right' }]
        : [400, { __type: 'ResourceNotFoundException', message: 'no such version' }],
    'GraniteServiceVersion20100801.GetMetricData': () => [
      200,
      {
        MetricDataResults: [{ Id: 'm0', Label: 'Invocations', StatusCode: 'Complete', Values: [7, 5] }],
        Messages: [],
      },
    ],
  };

let server: Server;
let asked: string[];

beforeAll(async () => {
  asked = [];
  server = createServer(async (request: IncomingMessage, response) => {
    const body = (await json(request)) as object;
    const target = String(request.headers['x-amz-target']);
    asked.push(target);
    const [status, answer] = answers[target]?.(body) ?? [500, {}];
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    CLOUDWATCH_TOKEN_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:token',
    CLOUDWATCH_PERIOD_SECONDS: '300',
    CLOUDWATCH_TARGETS: JSON.stringify({
      account: { id: '123456789012', region: 'us-east-1' },
      brokers: 0,
      functions: ['isobar-prod-land-observations'],
      ...{ queues: [], machines: [], apis: [], jobs: [], workGroups: [], databases: [], clusters: [] },
      ...{ groups: [], buckets: [] },
    }),
  });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test('GET /metrics/cloudwatch asks CloudWatch and no database, and so answers while the database is down', async () => {
  const { handler } = await import('../../../../../lambdas/fraud/show-cloudwatch/handler.ts');
  const { statusCode, body } = await handler(proxyEvent({ method: 'GET', token: 'right' }), noContext);
  expect(statusCode).toBe(200);
  const family = parsePrometheusText(body).get('aws_lambda_invocations_sum');
  expect(family?.samples.map(({ value }) => value)).toEqual([7]);
  expect(new Set(asked)).toEqual(new Set(Object.keys(answers)));
  expect((await handler(proxyEvent({ method: 'GET', token: 'wrong' }), noContext)).statusCode).toBe(403);
});
