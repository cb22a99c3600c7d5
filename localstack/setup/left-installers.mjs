// The installers that run, on disk: they outlive a set-up that is killed. The next set-up ends them first,
// since two at once would install over each other.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { holderOf, startTimeOf } from './process-lock.mjs';
import { toolsDir } from './tools.mjs';

const ownFolder = path.join(toolsDir, 'installers');
const graceMs = 5_000;

/** Notes an installer. Call the result when it has ended. */
export function noteInstaller(pid, folder = ownFolder) {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, String(pid));
  writeFileSync(file, JSON.stringify({ pid, startTime: startTimeOf(pid) }));
  return () => rmSync(file, { force: true });
}

/** Ends the installers that are noted and still run. */
export async function endLeftInstallers(folder = ownFolder) {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    const begun = Date.now();
    for (let left = holderOf(file); left; left = holderOf(file)) {
      try {
        process.kill(left.pid, Date.now() - begun < graceMs ? 'SIGTERM' : 'SIGKILL');
      } catch {} // it has just ended
      await delay(100);
    }
    rmSync(file, { force: true });
  }
}
