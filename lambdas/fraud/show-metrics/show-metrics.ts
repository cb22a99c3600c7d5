import type { Answer } from '../../shared/http/endpoint.ts';
import type { MetricRows } from './metric-rows.ts';
import { openApi } from './openapi.ts';
import { renderMetrics } from './prometheus-text.ts';

export const showMetrics = (readRows: () => Promise<MetricRows>) => async (): Promise<Answer> => ({
  status: 200,
  type: 'text/plain; version=0.0.4; charset=utf-8',
  body: renderMetrics(await readRows()),
});

/** @param check throws when the database is down */
export const showHealth = (check: () => Promise<unknown>) => async (): Promise<Answer> => {
  await check();
  return { status: 200, type: 'application/json', body: '{"status":"ok"}' };
};

const description = JSON.stringify(openApi);

export const showOpenApi = async (): Promise<Answer> => ({
  status: 200,
  type: 'application/json',
  body: description,
});
