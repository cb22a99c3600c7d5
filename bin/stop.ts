// `npm stop`: stops the local platform, wherever it was started from.
import { defaultStateDir } from '../localstack/endpoints.ts';
import { stopPlatform } from '../localstack/platform/platform.ts';
import { takeNoArguments } from './shared/no-arguments.ts';

takeNoArguments(`npm stop
  Stops the local platform, wherever it was started from. Its logs stay.
  Takes no options.`);

console.log((await stopPlatform(defaultStateDir)) ? 'Stopped.' : 'Nothing was running.');
