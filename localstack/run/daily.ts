import type { Endpoints } from '../endpoints.ts';
import { openWorkflow } from './workflow.ts';

/** The daily workflow of the local platform. Close it: it holds connections. */
export function openDailyWorkflow(endpoints: Pick<Endpoints, 'awsEndpointUrl' | 'region'>) {
  const workflow = openWorkflow(endpoints, 'daily');
  return {
    ...workflow,
    /** Starts an execution for a day (2024-01-01) and returns its ARN. */
    start: (day: string) => workflow.start({ day }),
  };
}
