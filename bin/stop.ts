// `npm stop`: ends the local platform, wherever it was started from.
import { defaultStateDir } from '../localstack/endpoints.ts';
import { stopPlatform } from '../localstack/platform/platform.ts';

console.log((await stopPlatform(defaultStateDir)) ? 'Stopped.' : 'Nothing was running.');
