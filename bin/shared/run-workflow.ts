import type { Endpoints } from '../../localstack/endpoints.ts';
import { followWorkflow } from '../../localstack/run/follow-workflow.ts';
import { openWorkflow, type Progress } from '../../localstack/run/workflow.ts';

/** Runs a workflow of the local platform to its end. Prints each state that has a description. */
export async function runWorkflow(
  endpoints: Endpoints,
  name: string,
  input: object,
  descriptions: Readonly<Record<string, string>>,
): Promise<Progress> {
  const workflow = openWorkflow(endpoints, name);
  try {
    return await followWorkflow(workflow, await workflow.start(input), descriptions);
  } finally {
    workflow.close();
  }
}
