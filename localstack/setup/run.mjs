#!/usr/bin/env node
// Entry of every npm script that runs TypeScript. Plain JavaScript for Node ≥ 20, since on a fresh clone nothing is installed yet:
// sets up what the script needs, then runs it on the project's own Node 24.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setUp } from './set-up.mjs';
import { projectNode, projectRoot } from './tools.mjs';

/** What a script needs installed. A script that is not listed needs nothing, and says so when there is nothing to work on. */
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
if (needs[script] && !(await setUp(needs[script]))) process.exit(1);
if (!existsSync(projectNode)) {
  console.log(
    'Nothing is installed here yet, so nothing runs. `npm start` sets everything up and starts it.',
  );
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
// Ctrl-C reaches the child too, which is in the same foreground group: it decides when it has finished cleaning up.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
