// Starts the engines in the folder given, says where they are, and waits: what a launcher does, to be killed by a test.
import { startPlatform } from '../../localstack/platform/platform.ts';

const [stateDir = ''] = process.argv.slice(2);
const platform = await startPlatform({ stateDir, anyPorts: true, onEvent: () => undefined });
process.on('SIGTERM', () => void platform.stop().then(() => process.exit(0)));
console.log(JSON.stringify(platform.endpoints));
await platform.failed.catch((error: Error) => console.error(error.message));
