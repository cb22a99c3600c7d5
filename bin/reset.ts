// `npm run reset`: ends the local platform and removes all it kept. What the set-up installed stays.
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { defaultStateDir } from '../localstack/endpoints.ts';
import { stopPlatform } from '../localstack/platform/platform.ts';
import { toolsDir } from '../localstack/setup/tools.mjs';

const ran = await stopPlatform(defaultStateDir);
for (const entry of readdirSync(defaultStateDir)) {
  if (entry !== path.basename(toolsDir))
    rmSync(path.join(defaultStateDir, entry), { recursive: true, force: true });
}
console.log(
  `${ran ? 'Stopped, and emptied' : 'Emptied'}: topics, lake, database, Slack inbox, logs, generator checkpoint. \`npm start\` begins anew.`,
);
