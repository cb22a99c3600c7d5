import type { Endpoints } from '../endpoints.ts';
import { openWorkflow } from './workflow.ts';

/** The daily workflow of the platform at these endpoints. Close it: it holds connections. */
export function openDailyWorkflow(endpoints: Pick<Endpoints, 'awsEndpointUrl' | 'region'>) {
  const workflow = openWorkflow(endpoints, 'daily');
  return {
    ...workflow,
    /** Starts it for a day (2024-01-01) and returns the execution's ARN. */
    start: (day: string) => workflow.start({ day }),
  };
}
