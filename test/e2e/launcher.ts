// Starts the engines in the given folder, and deploys the stacks to them if it is told to. Prints the
// endpoints and waits. A test kills this process. When the test itself is gone, it stops them.
import { startPlatform } from '../../localstack/platform/platform.ts';
import { launch } from '../../localstack/run/launch.ts';

const [stateDir = '', what = 'engines'] = process.argv.slice(2);
const orphaned = new AbortController();
process.on('disconnect', () => orphaned.abort(new Error('the test is gone')));
const { signal } = orphaned;
const start = what === 'stacks' ? launch : startPlatform;
const platform = await start({ stateDir, anyPorts: true, onEvent: () => undefined, signal });
process.on('SIGTERM', () => void platform.stop().then(() => process.exit(0)));
console.log(JSON.stringify(platform.endpoints));
await platform.failed.catch((error: Error) => console.error(error.message));
