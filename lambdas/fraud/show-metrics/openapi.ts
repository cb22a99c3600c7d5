import { type Gauge, gauges } from '../../shared/metrics/metrics.ts';
import { transactionSchema } from '../../shared/wire/transaction.ts';
import { maxSamples } from '../shared/metric-sample.ts';

const json = (schema: object) => ({ 'application/json': { schema } });
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const refusal = (description: string) => ({ description, content: json(ref('Refusal')) });

const refusals = {
  '400': refusal('The body is wrong; the error names the first wrong field.'),
  '413': refusal('The body is too large.'),
  '415': refusal('The body is not application/json.'),
};
const guarded = {
  '401': refusal('The bearer token is missing.'),
  '403': refusal('The bearer token is not valid for this endpoint.'),
  '429': { description: 'Too many requests.' },
};
const unavailable = { '503': refusal('A dependency is unavailable. Retry: a repeated request is safe.') };

/**
 * A sample of one gauge, with its labels and range. A schema cannot say that ids differ and that times have
 * passed.
 */
const sampleOf = ({ name, labels = {}, range: [least, most] }: Gauge) => ({
  type: 'object',
  additionalProperties: false,
  required: ['id', 'name', 'value', 'observedAt', ...(Object.keys(labels).length > 0 ? ['labels'] : [])],
  properties: {
    id: transactionSchema.properties.transactionId,
    name: { type: 'string', const: name },
    labels: {
      type: 'object',
      additionalProperties: false,
      required: Object.keys(labels),
      properties: Object.fromEntries(
        Object.entries(labels).map(([label, values]) => [label, { type: 'string', enum: values }]),
      ),
    },
    value: { type: 'number', minimum: least, maximum: most },
    observedAt: transactionSchema.properties.time,
  },
});

/**
 * The API in OpenAPI. It is one literal, longer than other code here, so that it reads as the document.
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export const openApi = {
  openapi: '3.1.1',
  info: {
    title: 'Isobar: fraud scoring',
    version: '1.0.0',
    description: 'Scores card transactions, and shows how good the scores are.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  // Relative to this document, so that it holds for each stage, and for any domain in front of it.
  servers: [{ url: '.', description: 'Where this description is, without openapi.json.' }],
  paths: {
    '/predict': {
      post: {
        summary:
          'Score a transaction and send it to the topic `transactions`. A repeat gets the same answer and is sent once.',
        operationId: 'predict',
        security: [{ predictToken: [] }],
        requestBody: { required: true, content: json(ref('Transaction')) },
        responses: {
          '200': { description: 'The score of the transaction.', content: json(ref('Score')) },
          ...refusals,
          ...guarded,
          '409': refusal('The transactionId belongs to another transaction.'),
          ...unavailable,
        },
      },
    },
    '/update_metrics': {
      post: {
        summary: 'Set gauges. The newest sample of a gauge wins, and a repeated sample changes nothing.',
        operationId: 'updateMetrics',
        security: [{ updateMetricsToken: [] }],
        requestBody: { required: true, content: json(ref('MetricSamples')) },
        responses: {
          '200': {
            description: 'The number of new samples, and of gauges that changed.',
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
        summary: 'All metrics, for Prometheus.',
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
    '/metrics/cloudwatch': {
      get: {
        summary: 'Metrics of CloudWatch, for Prometheus. An answer is kept for a few minutes.',
        operationId: 'cloudWatchMetrics',
        security: [{ cloudWatchToken: [] }],
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
        responses: { '200': { description: 'Both work.', content: json(ref('Health')) }, ...unavailable },
      },
    },
    '/openapi.json': {
      get: {
        summary: 'This description of the API.',
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
      cloudWatchToken: { type: 'http', scheme: 'bearer' },
    },
    schemas: {
      Transaction: transactionSchema,
      Score: {
        type: 'object',
        required: ['transactionId', 'score', 'fraud', 'modelVersion', 'reasons'],
        properties: {
          transactionId: { type: 'string' },
          score: { type: 'number', minimum: 0, maximum: 1, description: 'Probability of fraud.' },
          fraud: {
            type: 'boolean',
            description: "Whether the score reaches the model's threshold, or a rule is broken.",
          },
          modelVersion: { type: 'string' },
          reasons: {
            type: 'array',
            maxItems: 4,
            items: { type: 'string' },
            description: 'The broken rule, and what raised the score, the strongest first.',
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
      MetricSample: { oneOf: Object.values<Gauge>(gauges).map(sampleOf) },
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
