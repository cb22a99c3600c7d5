// `npm run open`: opens the console of the local platform in a browser.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { runCommand, takeNoArguments } from './shared/command.ts';
import { runningPlatform } from './shared/running-platform.ts';

const opener = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open';

await runCommand('open', async () => {
  takeNoArguments();
  const { consoleUrl } = runningPlatform();
  console.log(consoleUrl);
  const browser = spawn(opener, [consoleUrl], { detached: true, stdio: 'ignore' });
  browser.unref();
  await once(browser, 'spawn').catch(() => {
    console.log(`There is no ${opener} on this machine: open the address yourself.`);
  });
  return 0;
});
