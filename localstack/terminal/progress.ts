import { type Output, type View, widthOf } from './screen.ts';
import type { Step } from './state.ts';
import { cut, formatDuration, padEnd, padStart, painter } from './text.ts';

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const spinnerEveryMs = 100;

/** The line of one step: its mark, its name, the time it has taken, and a detail. */
export const renderStep = (step: Step, { width, colour }: View): string => {
  const paint = painter(colour);
  const { name, state, elapsedMs, detail = '' } = step;
  const turn = spinner[Math.floor(elapsedMs / spinnerEveryMs) % spinner.length] ?? '';
  const mark = { running: paint('cyan', turn), done: paint('green', '✓'), failed: paint('red', '✗') }[state];
  const time = padStart(formatDuration(elapsedMs), 10);
  const note = state === 'failed' ? paint('red', detail) : paint('dim', detail);
  return cut(` ${mark} ${padEnd(name, 34)}${paint('dim', time)}  ${note}`.trimEnd(), width);
};

export interface Progress {
  /** Runs `work` as a named step; `showDetail` sets the detail shown beside it. Steps may overlap. */
  step<T>(name: string, work: (showDetail: (detail: string) => void) => Promise<T>): Promise<T>;
  /**
   * A line above all steps that begin after this call. Finished steps wait for it. Without a line they go on
   * when it resolves.
   */
  lead(line: Promise<string | undefined>): void;
}

interface RunningStep {
  readonly name: string;
  readonly startedMs: number;
  detail: string;
}

export interface ProgressProps {
  readonly out: Output;
  /** Redraws running steps in place. Otherwise prints a line when a step starts, and one when it ends. */
  readonly redraw: boolean;
  readonly colour: boolean;
}

/**
 * Shows steps as they run. Finished steps stay above the running ones, in the order in which they finished.
 */
export const openProgress = ({ out, redraw, colour }: ProgressProps): Progress => {
  const running = new Set<RunningStep>();
  /** Finished lines that wait for the line above them. */
  let held: string[] | undefined;
  let drawnLines = 0;
  let timer: NodeJS.Timeout | undefined;

  const view = ({ name, startedMs, detail }: RunningStep, state: Step['state']): string =>
    renderStep(
      { name, state, elapsedMs: performance.now() - startedMs, detail },
      { width: widthOf(out), colour },
    );

  /** Prints the finished steps over the previous frame, and the running ones below them. */
  const draw = (finished: readonly string[] = []) => {
    const lines = [...(held ?? []), ...[...running].map((step) => view(step, 'running'))];
    const up = drawnLines > 0 ? `\x1b[${drawnLines}A\r` : '';
    out.write(`${up}${[...finished, ...lines].map((line) => `${line}\x1b[K\n`).join('')}`);
    drawnLines = lines.length;
  };

  const print = (lines: readonly string[]) => {
    if (held) held.push(...lines);
    const finished = held ? [] : lines;
    if (redraw) draw(finished);
    else for (const line of finished) out.write(`${line}\n`);
  };

  const begin = (step: RunningStep) => {
    running.add(step);
    if (!redraw) return print([`   ${step.name} …`]);
    out.write('\x1b[?25l');
    draw();
    timer ??= setInterval(draw, spinnerEveryMs);
  };

  const end = (step: RunningStep, state: 'done' | 'failed') => {
    running.delete(step);
    print([view(step, state)]);
    if (!redraw || running.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    out.write('\x1b[?25h');
  };

  const showCursor = () => out.write('\x1b[?25h');
  if (redraw) process.once('exit', showCursor);

  return {
    lead: (line) => {
      held = [];
      void line.then((text) => {
        const waiting = held ?? [];
        held = undefined;
        print(text === undefined ? waiting : [text, ...waiting]);
      });
    },
    step: async (name, work) => {
      const step = { name, startedMs: performance.now(), detail: '' };
      begin(step);
      try {
        const result = await work((detail) => {
          step.detail = detail;
        });
        step.detail = '';
        end(step, 'done');
        return result;
      } catch (error) {
        step.detail = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
        end(step, 'failed');
        throw error;
      }
    },
  };
};
