import { canRedraw, type Output, wantsColour } from '../../localstack/terminal/screen.ts';

/** Work whose progress `showDetail` tells, such as `1,200 errors`. */
type Work<T> = (showDetail: (detail: string) => void) => Promise<T>;

interface WhileWorkingProps {
  readonly out?: Output;
  readonly env?: NodeJS.ProcessEnv;
  /** Shorter work shows nothing. */
  readonly quietMs?: number;
}

/**
 * Does the work. When it takes longer than two seconds, a terminal shows its name, its time and its detail.
 * It is the terminal of stderr, so that what a command prints stays whole.
 */
export async function whileWorking<T>(
  name: string,
  work: Work<T>,
  { out = process.stderr, env = process.env, quietMs = 2_000 }: WhileWorkingProps = {},
): Promise<T> {
  let showDetail: (detail: string) => void = () => {};
  const running = work((detail) => showDetail(detail));
  if (!canRedraw(out, env)) return running;

  const quiet = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => quiet.resolve(true), quietMs);
  const ended = running.then(
    () => false,
    () => false,
  );
  const isLong = await Promise.race([quiet.promise, ended]);
  clearTimeout(timer);
  if (!isLong) return running;
  // Imported only now, so that `npm stop` works without any package.
  const { openProgress } = await import('../../localstack/terminal/progress.ts');
  return openProgress({ out, redraw: true, colour: wantsColour(out, env) }).step(name, (show) => {
    showDetail = show;
    return running;
  });
}
