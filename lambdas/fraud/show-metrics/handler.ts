import middy from '@middy/core';
import httpRouter from '@middy/http-router';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { log } from '../../shared/aws/log.ts';
import { fetchSecretVersions } from '../../shared/aws/secrets.ts';
import { readingEndpoint } from '../../shared/http/endpoint.ts';
import { requestMetrics } from '../../shared/http/request-metrics.ts';
import { rotatingTokens } from '../../shared/http/rotating-tokens.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { readConfig } from './config.ts';
import { readMetricRows } from './metric-rows.ts';
import { showHealth, showMetrics, showOpenApi } from './show-metrics.ts';

const config = readConfig();
const { query } = connectDatabase(config.database);
const { accepts } = rotatingTokens({
  fetch: () => fetchSecretVersions(config.tokenArn),
  now: Date.now,
  log,
});
const setting = { method: 'GET', record: requestMetrics({ query, log }), log } as const;

const metrics = readingEndpoint({
  ...setting,
  route: '/metrics',
  accepts,
  answer: showMetrics(readMetricRows(query)),
});
const healthz = readingEndpoint({
  ...setting,
  route: '/healthz',
  answer: showHealth(() => query('select')),
});
const openapi = readingEndpoint({ ...setting, route: '/openapi.json', answer: showOpenApi });

// middy around the router hides its third parameter: Lambda would take it for a callback, and refuse the
// handler.
export const handler = middy<APIGatewayProxyEvent, APIGatewayProxyResult>().handler(
  httpRouter([
    { method: 'ANY', path: '/metrics', handler: metrics },
    { method: 'ANY', path: '/healthz', handler: healthz },
    { method: 'ANY', path: '/openapi.json', handler: openapi },
  ]),
);
