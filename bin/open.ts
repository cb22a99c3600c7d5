// `npm run open`: opens the console of the local platform in a browser.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { defaultStateDir } from '../localstack/endpoints.ts';
import { platformState } from '../localstack/run/platform-state.ts';
import { serviceStates } from '../localstack/run/service-states.ts';
import { runCommand, takeNoArguments } from './shared/command.ts';
import { runningPlatform } from './shared/running-platform.ts';

const opener = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open';

/** The console answers before the platform is up. */
async function consoleUrlOf(): Promise<string> {
  const starting = platformState().name === 'starting' ? await serviceStates(defaultStateDir) : [];
  const early = starting.find(({ name, health }) => name === 'console' && health === 'healthy');
  return early?.address ?? runningPlatform().consoleUrl;
}

await runCommand('open', async () => {
  takeNoArguments();
  const consoleUrl = await consoleUrlOf();
  console.log(consoleUrl);
  const browser = spawn(opener, [consoleUrl], { detached: true, stdio: 'ignore' });
  browser.unref();
  await once(browser, 'spawn').catch(() => {
    console.log(`There is no ${opener} on this machine: open the address yourself.`);
  });
  return 0;
});
