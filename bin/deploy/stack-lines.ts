import type { ReportProgress } from '../../lib/deploy/progress.ts';

/** Prints two lines for each stack: when its change starts, and when it is done. */
export function stackLines(): ReportProgress {
  const startedAt = new Map<string, number>();
  return ({ stack, completed, total, finished }) => {
    const start = startedAt.get(stack) ?? Date.now();
    if (!startedAt.has(stack)) console.log(`${stack.padEnd(24)} started`);
    startedAt.set(stack, start);
    const seconds = ((Date.now() - start) / 1000).toFixed(1);
    if (finished)
      console.log(`${stack.padEnd(24)} ${completed}/${total ?? completed} resources  ${seconds} s`);
  };
}
