// `npm run reset`: stops the local platform and erases its data. The installed programs stay.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { defaultStateDir } from '../localstack/endpoints.ts';
import { stopPlatform } from '../localstack/platform/platform.ts';
import { toolsDir } from '../localstack/setup/tools.mjs';
import { readArguments, runCommand } from './shared/command.ts';
import { whileWorking } from './shared/while-working.ts';

const erased = 'topics, lake, database, Slack inbox, logs, generator checkpoint';

await runCommand('reset', async () => {
  const { values } = readArguments({ options: { yes: { type: 'boolean', default: false } } });
  if (!values.yes) await confirm();
  const ran = await whileWorking('Stopping the platform', () => stopPlatform(defaultStateDir));
  if (existsSync(defaultStateDir))
    for (const entry of readdirSync(defaultStateDir)) {
      if (entry !== path.basename(toolsDir))
        rmSync(path.join(defaultStateDir, entry), { recursive: true, force: true });
    }
  console.log(`${ran ? 'Stopped the platform and erased' : 'Erased'}: ${erased}.`);
  console.log('`npm start` starts with an empty platform.');
  return 0;
});

async function confirm(): Promise<void> {
  if (!process.stdin.isTTY)
    throw new Error(`This erases ${erased}. Add --yes to confirm it here. Nothing was erased.`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Erase ${erased}? Type yes to confirm: `);
  terminal.close();
  if (answer.trim().toLowerCase() !== 'yes') throw new Error('Not confirmed. Nothing was erased.');
}
