/** The part of a terminal stream that is used here; `process.stdout` has it. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether lines can be redrawn in place. */
export const canRedraw = (out: Output, env: Environment): boolean =>
  out.isTTY === true && env.TERM !== 'dumb';

/** @see https://no-color.org */
export const wantsColour = (out: Output, env: Environment): boolean => canRedraw(out, env) && !env.NO_COLOR;

/** 80 columns for a file or a pipe, and for a terminal that reports no size. */
export const widthOf = (out: Output): number => out.columns || 80;

/** How wide a view may be, in terminal columns, and whether it has colours. */
export interface View {
  readonly width: number;
  readonly colour: boolean;
}

export const viewOf = (out: Output, env: Environment): View => ({
  width: widthOf(out),
  colour: wantsColour(out, env),
});

const enterScreen = '\x1b[?1049h\x1b[?25l';
const leaveScreen = '\x1b[?25h\x1b[?1049l';

/** Synchronised output: terminals that support it show the frame in one step, others ignore the codes. */
const atOnce = (frame: string): string => `\x1b[?2026h${frame}\x1b[?2026l`;

export interface ScreenProps {
  readonly out: Output;
  readonly redraw: boolean;
  /**
   * The lines for this width, and at most so many. Drawn 4 times a second where lines can be redrawn. Without
   * a height, everything.
   */
  readonly frame: (width: number, height?: number) => readonly string[];
  /** Printed every `lineEveryMs` where lines cannot be redrawn. */
  readonly line: () => string;
  readonly lineEveryMs: number;
}

const frameEveryMs = 250;

const openPlainLines = ({ out, line, lineEveryMs }: ScreenProps): Disposable => {
  const print = () => out.write(`${line()}\n`);
  const timer = setInterval(print, lineEveryMs);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      print();
    },
  };
};

/**
 * Shows a changing view until it is disposed, and then leaves the last frame in the scroll-back. A terminal
 * gets the alternate screen, which is left even if the process exits early. Any other output gets a line at
 * an interval.
 */
export const openScreen = (props: ScreenProps): Disposable => {
  const { out, redraw, frame } = props;
  if (!redraw) return openPlainLines(props);

  const draw = () => {
    const height = Math.max(1, (out.rows || 24) - 1);
    const lines = frame(widthOf(out), height).slice(0, height);
    out.write(atOnce(`\x1b[H${lines.map((line) => `${line}\x1b[K\r\n`).join('')}\x1b[J`));
  };
  const leave = () => out.write(leaveScreen);

  out.write(enterScreen);
  draw();
  const timer = setInterval(draw, frameEveryMs);
  out.on('resize', draw);
  process.once('exit', leave);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      out.off('resize', draw);
      process.off('exit', leave);
      leave();
      out.write(`${frame(widthOf(out)).join('\n')}\n`);
    },
  };
};
