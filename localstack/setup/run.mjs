#!/usr/bin/env node
// Starts every npm script that runs TypeScript: installs what the script needs, then runs it on the project's
// own Node 24. This file is plain JavaScript for Node ≥ 20, since a fresh clone has nothing installed.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setUp } from './set-up.mjs';
import { projectNode, projectRoot } from './tools.mjs';

/**
 * The set-up profile of each script. A script that is not listed needs a running platform or nothing at all.
 */
const needs = {
  'bin/start.ts': 'run',
  'bin/deploy.ts': 'run',
  'bin/daily.ts': 'run',
  'bin/evaluate.ts': 'run',
  'bin/retrain.ts': 'run',
  'bin/generate.ts': 'run',
  'bin/synth.ts': 'run',
  'bin/audit.ts': 'run',
  'bin/chaos.ts': 'run',
  'bin/test.ts': 'test',
};

const [script, ...args] = process.argv.slice(2);
const wantsHelp = args.includes('--help');
if (needs[script] && !wantsHelp && !(await setUp(needs[script]))) process.exit(1);
if (!existsSync(projectNode)) {
  console.log('Nothing is installed yet. `npm start` installs what is needed and starts the platform.');
  process.exit(0);
}

const child = spawn(
  projectNode,
  ['--disable-warning=TimeoutNegativeWarning', path.join(projectRoot, script), ...args],
  {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${path.dirname(projectNode)}${path.delimiter}${process.env.PATH}` },
  },
);
// The child is in the same foreground process group, so Ctrl-C reaches it too. It exits when its clean-up is
// done.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
