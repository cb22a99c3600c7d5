import { type Output, type View, widthOf } from './screen.ts';
import type { Step } from './state.ts';
import { cut, formatDuration, padEnd, padStart, painter } from './text.ts';

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const spinnerEveryMs = 100;

/** One step's line: its mark, its name, how long it has taken, and what it is busy with. */
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
  /** Runs `work` as a named step; `tell` says what it is busy with. Steps may overlap. */
  step<T>(name: string, work: (tell: (detail: string) => void) => Promise<T>): Promise<T>;
}

interface RunningStep {
  readonly name: string;
  readonly startedMs: number;
  detail: string;
}

export interface ProgressProps {
  readonly out: Output;
  /** Redraw running steps in place; otherwise a line is printed as a step starts, and as it ends. */
  readonly redraw: boolean;
  readonly colour: boolean;
}

/** Shows steps as they run. Ended ones stay in the scroll-back, in the order they ended, above the running ones. */
export const openProgress = ({ out, redraw, colour }: ProgressProps): Progress => {
  const running = new Set<RunningStep>();
  let drawnLines = 0;
  let timer: NodeJS.Timeout | undefined;

  const view = ({ name, startedMs, detail }: RunningStep, state: Step['state']): string =>
    renderStep(
      { name, state, elapsedMs: performance.now() - startedMs, detail },
      { width: widthOf(out), colour },
    );

  /** Puts ended lines where the running ones stood, and the running ones below them. */
  const draw = (ended: readonly string[] = []) => {
    const lines = [...running].map((step) => view(step, 'running'));
    const up = drawnLines > 0 ? `\x1b[${drawnLines}A\r` : '';
    out.write(`${up}${[...ended, ...lines].map((line) => `${line}\x1b[K\n`).join('')}`);
    drawnLines = lines.length;
  };

  const begin = (step: RunningStep) => {
    running.add(step);
    if (!redraw) return out.write(`   ${step.name} …\n`);
    out.write('\x1b[?25l');
    draw();
    timer ??= setInterval(draw, spinnerEveryMs);
  };

  const end = (step: RunningStep, state: 'done' | 'failed') => {
    running.delete(step);
    const line = view(step, state);
    if (!redraw) return out.write(`${line}\n`);
    draw([line]);
    if (running.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    out.write('\x1b[?25h');
  };

  const showCursor = () => out.write('\x1b[?25h');
  if (redraw) process.once('exit', showCursor);

  return {
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
