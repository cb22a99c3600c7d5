#!/usr/bin/env node
// Starts every npm script that runs TypeScript: installs what the script needs, then runs it on the project's
// own Node 24. This file is plain JavaScript for Node ≥ 20, since a fresh clone has nothing installed.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { takeLock } from './process-lock.mjs';
import { setUp } from './set-up.mjs';
import { howToGoOn } from './show-steps.mjs';
import { projectNode, projectRoot, startLock } from './tools.mjs';

/**
 * The set-up profile of each script. A script that is not listed needs a running platform, which has
 * everything, or nothing at all.
 */
const needs = {
  'bin/start.ts': 'run',
  'bin/deploy.ts': 'run',
  'bin/generate.ts': 'run',
  'bin/synth.ts': 'run',
  'bin/audit.ts': 'run',
  'bin/dashboards.ts': 'run',
  'bin/chaos.ts': 'run',
  'bin/test.ts': 'test',
};

const [script, ...args] = process.argv.slice(2);

process.on('uncaughtException', (error) => {
  console.error(error.code === 'ENOSPC' ? howToGoOn(0) : error);
  process.exit(1);
});

// Help comes before the set-up, and has no effect.
if (asksForHelp(args)) {
  process.stdout.write(usageOf(path.basename(script, '.ts'), args[0]));
  process.exit(0);
}
// Two starts at once must not install and start side by side.
const { holder } = script === 'bin/start.ts' ? takeLock(startLock) : {};
if (holder) {
  console.error(
    `Another \`npm start\` of this clone runs (process ${holder.pid}). \`npm run status\` shows it, \`npm stop\` stops its platform.`,
  );
  process.exit(1);
}
if (needs[script] && !(await setUp(needs[script]))) process.exit(1);
if (!existsSync(projectNode)) {
  console.error('Nothing is installed yet. `npm start` installs what is needed and starts the platform.');
  // There is nothing to stop and nothing to erase.
  process.exit(script === 'bin/stop.ts' || script === 'bin/reset.ts' ? 0 : 1);
}

const child = spawn(
  projectNode,
  // Otherwise the young generation of V8 grows to 128 MB.
  [
    '--disable-warning=TimeoutNegativeWarning',
    '--max-semi-space-size=4',
    path.join(projectRoot, script),
    ...args,
  ],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: `${path.dirname(projectNode)}${path.delimiter}${process.env.PATH}`,
      // Every process of a start compiles the same sources: half of the time that it needs to load them.
      NODE_COMPILE_CACHE: path.join(projectRoot, 'node_modules/.cache/compiled'),
    },
  },
);
// The child is in the same foreground process group, so Ctrl-C reaches it too. It exits when its clean-up is
// done.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));

function asksForHelp(given) {
  const end = given.indexOf('--');
  const own = end < 0 ? given : given.slice(0, end);
  return own.includes('--help') || own.includes('-h');
}

/** The usage of a command such as `generate`, or of a subcommand such as `generate transactions`. */
function usageOf(command, subcommand) {
  const fileOf = (name) => path.join(projectRoot, 'bin/usage', `${name}.txt`);
  const own = fileOf(`${command}-${subcommand}`);
  return readFileSync(/^\w+$/.test(subcommand) && existsSync(own) ? own : fileOf(command), 'utf8');
}
