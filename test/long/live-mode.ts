// Runs the live mode of `npm start` on a platform of its own in the given folder, until SIGINT or without its
// test. With a second argument, habits change after so many milliseconds.
import { launch } from '../../localstack/run/launch.ts';
import { runLive } from '../../localstack/run/run-live.ts';

const [stateDir = '', driftAfterMs] = process.argv.slice(2);
const interrupted = new AbortController();
process.on('SIGINT', () => interrupted.abort(new Error('interrupted')));
process.on('disconnect', () => interrupted.abort(new Error('the test is gone')));
const { signal } = interrupted;
const platform = await launch({ stateDir, anyPorts: true, onEvent: () => undefined, signal });
const view = { out: process.stdout, redraw: true, colour: true };
await Promise.race([
  runLive({
    ...view,
    endpoints: platform.endpoints,
    driftAfterMs: driftAfterMs === undefined ? undefined : Number(driftAfterMs),
    signal,
  }),
  platform.failed,
]).catch((error: unknown) => {
  if (!signal.aborted) throw error;
});
await platform.stop();
process.exit(0);
