// The installers that the steps of the set-up share: programs, Python environments and jars.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { noteInstaller } from './left-installers.mjs';
import { projectRoot } from './tools.mjs';

export const inProject = (file) => path.join(projectRoot, file);

/** A hash of `files`; undefined when the result of the step is missing. */
export const fingerprintOf = (files, result) => () => {
  if (!existsSync(result)) return undefined;
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of files) hash.update(readFileSync(inProject(file)));
  return hash.digest('hex').slice(0, 16);
};

/** Runs a program and writes its output to the log of the step. Fails with an excerpt of that output. */
export function call(log, file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let forget = () => undefined;
    try {
      if (child.pid !== undefined) forget = noteInstaller(child.pid);
    } catch (error) {
      // Nobody could end it later.
      child.kill();
      reject(error);
    }
    let output = '';
    const keep = (chunk) => {
      log.write(chunk);
      output = (output + chunk).slice(-100_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => {
      forget();
      if (code === 0) resolve();
      else
        reject(
          Object.assign(new Error(`${path.basename(file)} ${args[0]} exited with ${code}`), {
            excerpt: excerptOf(output),
          }),
        );
    });
  });
}

/** The first lines with errors, since they name the cause. Without such lines, the last lines. */
function excerptOf(output) {
  const lines = output.split('\n').filter((line) => line.trim());
  const errors = lines.filter((line) => /\berr(or)?\b/i.test(line));
  return (errors.length > 0 ? errors.slice(0, 6) : lines.slice(-6)).map((line) => `  ${line}`).join('\n');
}

export async function makeVenv(log, python, venv, requirements) {
  rmSync(venv, { recursive: true, force: true });
  await call(log, python, ['-m', 'venv', venv]);
  await pipInstall(log, venv, requirements);
}

export const pipInstall = (log, venv, requirements) =>
  call(log, path.join(venv, 'bin/python'), pipArguments(inProject(requirements)));

export const pipArguments = (requirements) => [
  ...['-m', 'pip', 'install', '--disable-pip-version-check'],
  // Modules are compiled on first import. Most of the thousands of modules are never used.
  ...['--no-compile', '--require-hashes', '-r', requirements],
];

export async function copyJars(log, maven, pom, into) {
  rmSync(into, { recursive: true, force: true });
  await call(log, maven, mavenArguments(inProject(pom), into));
}

export const mavenArguments = (pom, into) => [
  ...['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${into}`],
];

/**
 * Unpacks a package of Debian or Ubuntu into a folder, without root. apt checks its signature and its hash. A
 * machine that has no package lists, such as a container, gets them into a folder of ours.
 */
export async function unpackDebian(log, name, into) {
  const part = `${into}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  // A read of the lists must not wait for a network that is not there.
  const patience = ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=20'];
  const download = (options) =>
    call(log, 'apt-get', [...patience, ...options, 'download', name], { cwd: part });
  try {
    await download([]).catch(async () => {
      const lists = path.join(part, 'lists');
      const cache = path.join(part, 'cache');
      for (const folder of [path.join(lists, 'partial'), path.join(cache, 'archives/partial')])
        mkdirSync(folder, { recursive: true });
      const own = ['-o', `Dir::State::Lists=${lists}`, '-o', `Dir::Cache=${cache}`];
      await call(log, 'apt-get', [...patience, ...own, 'update']);
      await download(own);
    });
    const file = readdirSync(part).find((each) => each.endsWith('.deb'));
    if (file === undefined) throw new Error(`apt-get download ${name} left no package`);
    await call(log, 'dpkg', ['-x', file, 'unpacked'], { cwd: part });
    rmSync(into, { recursive: true, force: true });
    renameSync(path.join(part, 'unpacked'), into);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}
