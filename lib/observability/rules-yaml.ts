import { stringify } from 'yaml';
import type { AppConfig } from '../app-config.ts';
import { rulesFor } from './rules.ts';

const head = '# Written by `npm run dashboards` from lib/observability/rules.ts.\n';

/** The rules of a stage as a file for Prometheus. */
export const rulesYaml = (config: Pick<AppConfig, 'alerting'>): string =>
  head + stringify({ groups: rulesFor(config) }, { lineWidth: 0 });
