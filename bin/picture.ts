// `npm run picture`: draws docs/images/architecture.svg from docs/architecture.dot.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../localstack/setup/tools.mjs';
import { architecture, drawPicture } from './picture/draw.ts';
import { runCommand, takeNoArguments } from './shared/command.ts';

await runCommand('picture', async () => {
  takeNoArguments();
  const { source, drawing } = architecture;
  const svg = await drawPicture(readFileSync(path.join(projectRoot, source), 'utf8'));
  writeFileSync(path.join(projectRoot, drawing), svg);
  console.log(`Wrote ${drawing}`);
  return 0;
});
