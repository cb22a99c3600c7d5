import { openProgress } from '../../localstack/terminal/progress.ts';
import { canRedraw, wantsColour } from '../../localstack/terminal/screen.ts';
import { formatCount } from '../../localstack/terminal/text.ts';

/** Shorter work needs no progress. */
const quietMs = 2_000;

/** Shows how many errors are done, on a terminal, when the work takes longer than two seconds. */
export async function showingProgress<T>(
  name: string,
  work: (showProgress: (done: number) => void) => Promise<T>,
): Promise<T> {
  const out = process.stderr;
  let showDetail: (detail: string) => void = () => {};
  const running = work((done) => showDetail(`${formatCount(done)} errors`));
  if (!canRedraw(out, process.env)) return running;

  const { promise: quiet, resolve: endQuiet } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => endQuiet(true), quietMs);
  const settled = running.then(
    () => false,
    () => false,
  );
  const isLong = await Promise.race([quiet, settled]);
  clearTimeout(timer);
  if (!isLong) return running;
  return openProgress({ out, redraw: true, colour: wantsColour(out, process.env) }).step(name, (show) => {
    showDetail = show;
    return running;
  });
}
