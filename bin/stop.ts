// `npm stop`: stops the local platform, wherever it was started from.
import { defaultStateDir } from '../localstack/endpoints.ts';
import { stopPlatform } from '../localstack/platform/platform.ts';
import { runCommand, takeNoArguments } from './shared/command.ts';
import { whileWorking } from './shared/while-working.ts';

await runCommand('stop', async () => {
  takeNoArguments();
  const ran = await whileWorking('Stopping the platform', () => stopPlatform(defaultStateDir));
  console.log(ran ? 'Stopped.' : 'Nothing was running.');
  return 0;
});
