import { waitFor } from '../wait-for.ts';
import type { Progress, Workflow } from './workflow.ts';

const deadlineMs = 6 * 3_600_000;

export const inSeconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** Waits for an execution to end, and prints each state that is explained when it is entered. */
export async function followWorkflow(
  { progress: progressOf }: Pick<Workflow, 'progress'>,
  executionArn: string,
  explained: Readonly<Record<string, string>>,
  print: (line: string) => void = console.log,
): Promise<Progress> {
  let shown = 0;
  const look = async () => {
    const progress = await progressOf(executionArn);
    for (const { state, enteredAtMs } of progress.steps.slice(shown)) {
      const words = explained[state];
      const time = inSeconds(enteredAtMs - progress.startedAtMs).padStart(8);
      if (words !== undefined) print(`${time}  ${state.padEnd(18)} ${words}`);
    }
    shown = progress.steps.length;
    return progress.endedAtMs === undefined ? undefined : progress;
  };
  return waitFor('the workflow to end', look, { deadlineMs, everyMs: 500 });
}
