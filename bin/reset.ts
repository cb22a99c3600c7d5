// `npm run reset`: stops the local platform and erases its data. The installed programs stay.
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { defaultStateDir } from '../localstack/endpoints.ts';
import { stopPlatform } from '../localstack/platform/platform.ts';
import { toolsDir } from '../localstack/setup/tools.mjs';
import { takeNoArguments } from './shared/no-arguments.ts';

const erased = 'topics, lake, database, Slack inbox, logs, generator checkpoint';

takeNoArguments(`npm run reset
  Stops the local platform and erases its data: ${erased}.
  Takes no options.`);

const ran = await stopPlatform(defaultStateDir);
for (const entry of readdirSync(defaultStateDir)) {
  if (entry !== path.basename(toolsDir))
    rmSync(path.join(defaultStateDir, entry), { recursive: true, force: true });
}
console.log(`${ran ? 'Stopped the platform and erased' : 'Erased'}: ${erased}.`);
console.log('`npm start` starts with an empty platform.');
