// `npm run tour`: does the tour of docs/tour.md on the running platform, and prints it. With --write it
// renews the outputs and screenshots of that page.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { projectRoot } from '../localstack/setup/tools.mjs';
import { readArguments, runCommand } from './shared/command.ts';
import { runningPlatform, stateDir } from './shared/running-platform.ts';
import { whileWorking } from './shared/while-working.ts';
import { renderBlock, withBlocks } from './tour/page.ts';
import { printed } from './tour/printed.ts';
import { runCommands } from './tour/run-commands.ts';
import { steps } from './tour/steps.ts';

const page = path.join(projectRoot, 'docs/tour.md');

await runCommand('tour', async () => {
  const { values } = readArguments({ options: { write: { type: 'boolean', default: false } } });
  const endpoints = runningPlatform();
  // The browser is a tool of the tests.
  const takeShots = values.write ? (await import('./tour/shots.ts')).takeShots : undefined;
  const scratch = mkdtempSync(path.join(tmpdir(), 'isobar-tour-'));
  const texts = new Map<string, string>();
  try {
    for (const step of steps) {
      const run = () => runCommands(step, { endpoints, stateDir, scratch });
      console.log(step.commands.replaceAll(/^/gm, '$ '));
      const output = await whileWorking(`Step "${step.name}"`, run);
      console.log(`${output}\n`);
      texts.set(step.name, renderBlock(step, printed(output)));
      const images = path.join(projectRoot, 'docs/images');
      for (const file of (await takeShots?.(step.name, endpoints.consoleUrl, images)) ?? [])
        console.log(`Wrote ${path.relative(projectRoot, file)}`);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  if (values.write) {
    writeFileSync(page, withBlocks(readFileSync(page, 'utf8'), texts));
    console.log('Wrote docs/tour.md');
  }
  return 0;
});
