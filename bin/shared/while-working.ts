import { clearLine, cursorTo } from 'node:readline';

const silentMs = 2_000;

/** Waits for `work`. On a terminal it says after two seconds what is going on, and for how long. */
export async function whileWorking<T>(what: string, work: Promise<T>): Promise<T> {
  const out = process.stderr;
  if (!out.isTTY) return await work;
  const startedAt = performance.now();
  const show = () => {
    const ms = performance.now() - startedAt;
    if (ms < silentMs) return;
    cursorTo(out, 0);
    out.write(`${what} … ${Math.round(ms / 1000)} s`);
  };
  const timer = setInterval(show, 250);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    cursorTo(out, 0);
    clearLine(out, 0);
  }
}
