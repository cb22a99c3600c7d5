import { gauges } from '../../shared/metrics/metrics.ts';
import { transactionSchema } from '../../shared/wire/transaction.ts';
import { maxSamples } from '../shared/metric-sample.ts';

const json = (schema: object) => ({ 'application/json': { schema } });
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const refusal = (description: string) => ({ description, content: json(ref('Refusal')) });

const refusals = {
  '400': refusal('The body is not what is expected; the error names the first field that is wrong.'),
  '413': refusal('The body is too large.'),
  '415': refusal('The body is not application/json.'),
};
const guarded = {
  '401': refusal('There is no bearer token.'),
  '403': refusal('The bearer token is not one of this endpoint.'),
  '429': { description: 'There are too many requests.' },
};
const unavailable = { '503': refusal('To be tried again: nothing was answered, and a repeat is harmless.') };

/** The API as OpenAPI describes it. @see https://spec.openapis.org/oas/v3.1.1.html */
export const openApi = {
  openapi: '3.1.1',
  info: {
    title: 'Isobar: fraud scoring',
    version: '1.0.0',
    description: 'Scores card transactions and shows how well the model that does it is doing.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  paths: {
    '/predict': {
      post: {
        summary:
          'Score a transaction and send it to topic `transactions`. A repeat gets the same answer, and is sent once.',
        operationId: 'predict',
        security: [{ predictToken: [] }],
        requestBody: { required: true, content: json(ref('Transaction')) },
        responses: {
          '200': { description: 'What the model says of it.', content: json(ref('Score')) },
          ...refusals,
          ...guarded,
          '409': refusal('The transactionId was given to another transaction before.'),
          ...unavailable,
        },
      },
    },
    '/update_metrics': {
      post: {
        summary:
          'Set gauges. The newest observation of each stands, and an update that comes again changes nothing.',
        operationId: 'updateMetrics',
        security: [{ updateMetricsToken: [] }],
        requestBody: { required: true, content: json(ref('MetricSamples')) },
        responses: {
          '200': {
            description: 'How many were new, and how many gauges changed.',
            content: json(ref('Outcome')),
          },
          ...refusals,
          ...guarded,
          ...unavailable,
        },
      },
    },
    '/metrics': {
      get: {
        summary: 'Everything that is counted, for Prometheus.',
        operationId: 'metrics',
        security: [{ metricsToken: [] }],
        responses: {
          '200': {
            description: 'The text format, version 0.0.4.',
            content: { 'text/plain': { schema: { type: 'string' } } },
          },
          ...guarded,
          ...unavailable,
        },
      },
    },
    '/healthz': {
      get: {
        summary: 'Whether the service and its database work.',
        operationId: 'healthz',
        security: [],
        responses: { '200': { description: 'They do.', content: json(ref('Health')) }, ...unavailable },
      },
    },
    '/openapi.json': {
      get: {
        summary: 'This description.',
        operationId: 'openapi',
        security: [],
        responses: { '200': { description: 'OpenAPI 3.1.', content: json({ type: 'object' }) } },
      },
    },
  },
  components: {
    securitySchemes: {
      predictToken: { type: 'http', scheme: 'bearer' },
      updateMetricsToken: { type: 'http', scheme: 'bearer' },
      metricsToken: { type: 'http', scheme: 'bearer' },
    },
    schemas: {
      Transaction: transactionSchema,
      Score: {
        type: 'object',
        required: ['transactionId', 'score', 'fraud', 'modelVersion', 'reasons'],
        properties: {
          transactionId: { type: 'string' },
          score: { type: 'number', minimum: 0, maximum: 1, description: 'How likely it is a fraud.' },
          fraud: { type: 'boolean', description: "Whether the score is at the model's threshold or above." },
          modelVersion: { type: 'string' },
          reasons: {
            type: 'array',
            maxItems: 3,
            items: { type: 'string' },
            description: 'What raised the score most, first what did so most.',
          },
        },
      },
      MetricSamples: {
        type: 'object',
        additionalProperties: false,
        required: ['updates'],
        properties: {
          updates: { type: 'array', minItems: 1, maxItems: maxSamples, items: ref('MetricSample') },
        },
      },
      MetricSample: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'name', 'value', 'observedAt'],
        properties: {
          id: transactionSchema.properties.transactionId,
          name: { type: 'string', enum: Object.values(gauges).map(({ name }) => name) },
          labels: { type: 'object', additionalProperties: { type: 'string' } },
          value: { type: 'number' },
          observedAt: transactionSchema.properties.time,
        },
      },
      Outcome: {
        type: 'object',
        required: ['taken', 'changed'],
        properties: { taken: { type: 'integer' }, changed: { type: 'integer' } },
      },
      Health: { type: 'object', required: ['status'], properties: { status: { const: 'ok' } } },
      Refusal: { type: 'object', required: ['error'], properties: { error: { type: 'string' } } },
    },
  },
} as const;
