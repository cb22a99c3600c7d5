// Installs everything the project needs into ignored folders of the clone. A step runs again only when its
// inputs change.
import { mkdirSync, readFileSync, renameSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endLeftInstallers } from './left-installers.mjs';
import { unreachableRegistries } from './network.mjs';
import { describeMissing, findPrerequisites, inGb, missingSpace } from './prerequisites.mjs';
import { takeLock } from './process-lock.mjs';
import { howToGoOn, showSteps } from './show-steps.mjs';
import { steps } from './steps.mjs';
import { projectRoot, setUpRecord, toolsDir } from './tools.mjs';

/**
 * Installs what `profile` needs: `run` (the platform) or `test` (the platform and the test tools).
 * Prints nothing when everything is installed. Returns false after a failure, having printed the reason.
 */
export async function setUp(profile) {
  if (dueSteps(profile, readRecord()).length === 0) return true;
  const release = await takeTurn();
  try {
    await endLeftInstallers();
    const record = readRecord();
    const due = dueSteps(profile, record);
    return due.length === 0 || (await install(due, record));
  } finally {
    release();
  }
}

async function install(due, record) {
  const prerequisites = findPrerequisites();
  if (prerequisites.some(({ found }) => !found)) {
    console.error(describeMissing(prerequisites).join('\n'));
    return false;
  }
  const programs = Object.fromEntries(
    prerequisites.map(({ name, found }) => [name.toLowerCase(), found.path]),
  );

  mkdirSync(toolsDir, { recursive: true });
  const needsMb = due.reduce((sum, { sizeMb = 0 }) => sum + sizeMb, 0);
  console.log(
    `Setting up in ${path.basename(projectRoot)}/: about ${inGb(needsMb)} (only once, or after a change of versions)`,
  );
  const obstacle = missingSpace(needsMb, freeMb()) ?? (await unreachableRegistries(due, programs));
  if (obstacle) {
    console.error(obstacle);
    return false;
  }

  const done = record.root === projectRoot ? record.done : {};
  // npm waits for ever on a full disk.
  const watching = setInterval(() => {
    if (freeMb() < fullMb) void endLeftInstallers();
  }, 2_000);
  const failures = await showSteps(due, async (step, log) => {
    await step.run({ programs, log });
    done[step.name] = step.fingerprint();
    writeRecord({ root: projectRoot, programs, done });
  });
  clearInterval(watching);
  for (const { step, error, logFile } of failures)
    console.error(
      `\nThe set-up step "${step.title}" failed: ${error.message}\nIts log is ${path.relative(projectRoot, logFile)}:\n${error.excerpt ?? ''}`,
    );
  if (failures.length > 0) console.error(`\n${howToGoOn(freeMb())}`);
  return failures.length === 0;
}

function readRecord() {
  try {
    return JSON.parse(readFileSync(setUpRecord, 'utf8'));
  } catch {
    return { done: {} };
  }
}

/** Replaces the record at once: a full disk or a kill leaves the one before. */
function writeRecord(record) {
  writeFileSync(`${setUpRecord}.new`, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(`${setUpRecord}.new`, setUpRecord);
}

/** Virtual environments hold absolute paths, so a clone that was moved is set up again. */
function dueSteps(profile, { root, done }) {
  const isDone = ({ name, fingerprint }) => {
    const now = fingerprint();
    return now !== undefined && done[name] === now;
  };
  return steps.filter((step) => step.profiles.includes(profile) && (root !== projectRoot || !isDone(step)));
}

/** Two set-ups at once would install over each other. Returns how to end this one's turn. */
async function takeTurn() {
  for (let told = false; ; told = true) {
    const { release, holder } = takeLock(path.join(toolsDir, 'set-up.lock'));
    if (release) return release;
    if (!told) console.log(`Waiting for another set-up of this clone (process ${holder.pid})`);
    await delay(500);
  }
}

/** Installers write larger files than this. */
const fullMb = 10;

function freeMb() {
  const { bavail, bsize } = statfsSync(toolsDir);
  return (bavail * bsize) / 1e6;
}
