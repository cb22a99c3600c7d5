/** What of a terminal's stream is used here; `process.stdout` is one. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether lines can be redrawn: on a terminal that knows how. */
export const canRedraw = (out: Output, env: Environment): boolean =>
  out.isTTY === true && env.TERM !== 'dumb';

/** @see https://no-color.org */
export const wantsColour = (out: Output, env: Environment): boolean => canRedraw(out, env) && !env.NO_COLOR;

export const widthOf = (out: Output): number => out.columns ?? 80;

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

/** Synchronised output: a terminal that knows it shows the frame at once, the others ignore it. */
const atOnce = (frame: string): string => `\x1b[?2026h${frame}\x1b[?2026l`;

export interface ScreenProps {
  readonly out: Output;
  readonly redraw: boolean;
  /** The lines for this width, drawn 4 times a second where lines can be redrawn. */
  readonly frame: (width: number) => readonly string[];
  /** Printed every `lineEveryMs` where they cannot. */
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
 * Shows a view that changes until it is disposed, which leaves its last state in the scroll-back. A terminal gets
 * its own screen, given back even if the process exits without disposing; anything else gets a line now and then.
 */
export const openScreen = (props: ScreenProps): Disposable => {
  const { out, redraw, frame } = props;
  if (!redraw) return openPlainLines(props);

  const draw = () => {
    const lines = frame(widthOf(out)).slice(0, Math.max(1, (out.rows ?? 24) - 1));
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
