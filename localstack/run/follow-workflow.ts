import { waitFor } from '../wait-for.ts';
import type { Progress, Workflow } from './workflow.ts';

const deadlineMs = 6 * 3_600_000;

export const inSeconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** Waits for an execution to end. Prints each state that has a description when the execution enters it. */
export async function followWorkflow(
  { progress: progressOf }: Pick<Workflow, 'progress'>,
  executionArn: string,
  descriptions: Readonly<Record<string, string>>,
  print: (line: string) => void = console.log,
): Promise<Progress> {
  let shown = 0;
  const poll = async () => {
    const progress = await progressOf(executionArn);
    for (const { state, enteredAtMs } of progress.steps.slice(shown)) {
      const description = descriptions[state];
      const time = inSeconds(enteredAtMs - progress.startedAtMs).padStart(8);
      if (description !== undefined) print(`${time}  ${state.padEnd(19)} ${description}`);
    }
    shown = progress.steps.length;
    return progress.endedAtMs === undefined ? undefined : progress;
  };
  return waitFor('the workflow to end', poll, { deadlineMs, everyMs: 500 });
}
