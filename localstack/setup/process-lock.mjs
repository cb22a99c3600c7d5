// Processes and locks, for scripts that run before anything is installed.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** When the process started, in units of the system; undefined when it is gone or a zombie. */
export function startTimeOf(pid) {
  try {
    // The command name is in brackets and may hold spaces. After it come the state (field 3) and the start
    // time (field 22).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
    return fields?.[0] === 'Z' ? undefined : fields?.[19];
  } catch {
    return process.platform === 'linux' ? undefined : isSignalable(pid) ? 'unknown' : undefined;
  }
}

function isSignalable(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The living process that holds the lock, and since when; undefined when nobody does. */
export function holderOf(file) {
  try {
    const holder = JSON.parse(readFileSync(file, 'utf8'));
    return startTimeOf(holder.pid) === holder.startTime ? holder : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Takes the lock until `release` or the end of this process. Returns its holder instead when another process
 * has it.
 */
export function takeLock(file) {
  const own = { pid: process.pid, startTime: startTimeOf(process.pid), sinceMs: Date.now() };
  mkdirSync(path.dirname(file), { recursive: true });
  for (;;) {
    try {
      writeFileSync(file, JSON.stringify(own), { flag: 'wx' });
      const release = () => rmSync(file, { force: true });
      process.once('exit', release);
      return { release };
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      const holder = holderOf(file);
      if (holder) return { holder };
      rmSync(file, { force: true }); // its holder was killed
    }
  }
}
