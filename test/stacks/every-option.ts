import { stages, withQuickSight } from '../../lib/config.ts';

/** prod with all that a configuration may ask for beside what every stage has. */
export const withEveryOption = {
  ...withQuickSight(stages.prod, 'arn:aws:quicksight:us-east-1:123456789012:group/default/weather'),
  managedPrometheus: { grafana: true },
  network: { ...stages.prod.network, flowLogs: 'ALL' as const },
  api: { ...stages.prod.api, webAcl: { requestsInFiveMinutes: 10_000 } },
};
