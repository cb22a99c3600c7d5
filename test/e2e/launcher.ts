// Starts the engines in the given folder: all, the fewest that a platform has, or all with the stacks
// deployed to them. Prints the endpoints and waits. A test kills this process. When the test itself is gone,
// it stops them.
import { startPlatform } from '../../localstack/platform/platform.ts';
import { launch } from '../../localstack/run/launch.ts';

const [stateDir = '', what = 'engines'] = process.argv.slice(2);
const orphaned = new AbortController();
process.on('disconnect', () => orphaned.abort(new Error('the test is gone')));
const { signal } = orphaned;
const start = what === 'stacks' ? launch : startPlatform;
const parts = what === 'fewest' ? { platformOnly: true, brokers: 1 } : {};
const platform = await start({ stateDir, anyPorts: true, ...parts, onEvent: () => undefined, signal });
process.on('SIGTERM', () => void platform.stop().then(() => process.exit(0)));
console.log(JSON.stringify(platform.endpoints));
await platform.failed.catch((error: Error) => console.error(error.message));
