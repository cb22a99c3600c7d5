// Runs steps in parallel and shows their progress: a line redrawn in place on a terminal, a line per change
// elsewhere.
import { execFile } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import path from 'node:path';
import { toolsDir } from './tools.mjs';

const seconds = (ms) => `${Math.round(ms / 1000)} s`.padStart(6);
const heartbeatMs = 20_000;
const measureEveryMs = 2_000;

/**
 * @param {{name: string, title: string, after?: string[]}[]} steps a step starts after the steps in `after`
 * have succeeded
 * @returns the steps that failed
 */
export async function showSteps(steps, run) {
  const started = new Map();
  const failures = [];
  const terminal = process.stdout.isTTY;
  const drawRunning = () => {
    const running = [...started]
      .filter(([, { ended }]) => !ended)
      .map(([step, { at, mb }]) => {
        const size = step.folder ? ` ${Math.min(mb, step.sizeMb)}/${step.sizeMb} MB` : '';
        return `${step.title}${size} ${seconds(Date.now() - at).trim()}`;
      });
    if (running.length === 0) return;
    if (terminal) process.stdout.write(`\r\x1b[2K${fitSteps(running, process.stdout.columns || 80)}`);
    else console.log(`  … still running: ${running.join(', ')}`);
  };
  const timer = setInterval(drawRunning, terminal ? 250 : heartbeatMs);
  const measureRunning = () => {
    for (const [{ folder }, state] of started) if (folder && !state.ended) measure(folder, state);
  };
  const measuring = setInterval(measureRunning, measureEveryMs);

  const runs = new Map();
  const runOne = (step) => {
    const { name, title, after = [] } = step;
    runs.set(
      name,
      Promise.all(after.map((other) => runs.get(other))).then(async (before) => {
        if (before.includes(false)) return false;
        const state = { at: Date.now(), ended: false, mb: 0 };
        started.set(step, state);
        const logFile = path.join(toolsDir, 'logs', `${name}.log`);
        const log = openLog(logFile);
        let mark = '✓';
        try {
          await run(step, log);
        } catch (error) {
          mark = '✗';
          failures.push({ step, error, logFile });
        }
        state.ended = true;
        log.end();
        console.log(
          `${terminal ? '\r\x1b[2K' : ''}  ${mark} ${title.padEnd(46)}${seconds(Date.now() - state.at)}`,
        );
        return mark === '✓';
      }),
    );
  };
  for (const step of steps) runOne(step);
  await Promise.all(runs.values());
  clearInterval(timer);
  clearInterval(measuring);
  return failures;
}

/** A full disk ends the log, not the set-up: the step then fails by itself, and says why. */
export function openLog(file) {
  mkdirSync(path.dirname(file), { recursive: true });
  return createWriteStream(file).on('error', () => undefined);
}

/** As many running steps as one line of the terminal has room for, and how many others there are. */
export function fitSteps(running, columns) {
  for (let shown = running.length; shown > 0; shown--) {
    const others = running.length - shown;
    const line = `  … ${running.slice(0, shown).join(' · ')}${others > 0 ? ` · and ${others} more` : ''}`;
    if (line.length < columns) return line;
  }
  return `  … ${running.length} steps`.slice(0, columns - 1);
}

/** Without `du`, or while files vanish under it, the last size stays. */
function measure(folder, state) {
  execFile('du', ['-sk', folder], (_, output) => {
    const kb = Number.parseInt(output, 10);
    if (kb > 0) state.mb = Math.round(kb / 1000);
  });
}

/** What to do after a step has failed. */
export function howToGoOn(freeMb) {
  return freeMb < 100
    ? 'The disk is full. Free some space, then run the same command again: it goes on with what is missing.'
    : 'Run the same command again: it goes on with what is missing.';
}
