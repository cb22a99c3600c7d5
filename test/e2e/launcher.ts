// Starts the engines in the given folder, prints their endpoints and waits. A test kills this process.
import { startPlatform } from '../../localstack/platform/platform.ts';

const [stateDir = ''] = process.argv.slice(2);
const platform = await startPlatform({ stateDir, anyPorts: true, onEvent: () => undefined });
process.on('SIGTERM', () => void platform.stop().then(() => process.exit(0)));
console.log(JSON.stringify(platform.endpoints));
await platform.failed.catch((error: Error) => console.error(error.message));
