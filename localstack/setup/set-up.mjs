// Installs everything the project needs into ignored folders of the clone. A step runs again only when its
// inputs change.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describeMissing, findPrerequisites } from './prerequisites.mjs';
import { showSteps } from './show-steps.mjs';
import { steps } from './steps.mjs';
import { projectRoot, setUpRecord, toolsDir } from './tools.mjs';

function readRecord() {
  try {
    return JSON.parse(readFileSync(setUpRecord, 'utf8'));
  } catch {
    return { done: {} };
  }
}

/**
 * Installs what `profile` needs: `run` (the platform) or `test` (the platform and the test tools).
 * Prints nothing when everything is installed. Returns false after a failure, having printed the reason.
 */
export async function setUp(profile) {
  const record = readRecord();
  const wanted = steps.filter(({ profiles }) => profiles.includes(profile));
  const moved = record.root !== projectRoot; // virtual environments hold absolute paths
  const isDone = ({ name, fingerprint }) =>
    fingerprint() !== undefined && record.done[name] === fingerprint();
  const due = wanted.filter((step) => moved || !isDone(step));
  if (due.length === 0) return true;

  const prerequisites = findPrerequisites();
  if (prerequisites.some(({ found }) => !found)) {
    console.error(describeMissing(prerequisites).join('\n'));
    return false;
  }
  const programs = Object.fromEntries(
    prerequisites.map(({ name, found }) => [name.toLowerCase(), found.path]),
  );

  mkdirSync(toolsDir, { recursive: true });
  const done = moved ? {} : record.done;
  const save = () =>
    writeFileSync(setUpRecord, `${JSON.stringify({ root: projectRoot, programs, done }, null, 2)}\n`);
  console.log(`Setting up in ${path.basename(projectRoot)}/ (only once, or after a change of versions)`);
  const failures = await showSteps(due, async (step, log) => {
    await step.run({ programs, log });
    done[step.name] = step.fingerprint();
    save();
  });
  for (const { step, error, logFile } of failures)
    console.error(
      `\nThe set-up step "${step.title}" failed: ${error.message}\nIts log is ${path.relative(projectRoot, logFile)}:\n${error.excerpt ?? ''}`,
    );
  return failures.length === 0;
}
