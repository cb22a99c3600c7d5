import type { Endpoints } from '../../localstack/endpoints.ts';
import { followWorkflow } from '../../localstack/run/follow-workflow.ts';
import { openWorkflow, type Progress } from '../../localstack/run/workflow.ts';

/** The Slack message in the output of a workflow, without the emoji code of its title. */
export function messageOf(output: unknown): { readonly title: string; readonly body: string } | undefined {
  const { message } = Object(output) as { message?: { title: string; body: string } };
  return message && { ...message, title: message.title.replace(/^:[a-z0-9_+-]+: /, '') };
}

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
