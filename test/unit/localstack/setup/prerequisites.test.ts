import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const module = path.resolve(import.meta.dirname, '../../../../localstack/setup/prerequisites.mjs');
const script = `const { findPrerequisites, describeMissing } = await import(${JSON.stringify(module)});
const results = findPrerequisites().filter(({ name }) => name === process.argv[1]);
console.log(JSON.stringify({ found: results[0].found, lines: describeMissing(results) }));`;

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'isobar-prerequisites-'));
  mkdirSync(path.join(home, 'bin'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Puts a program on an otherwise empty machine that answers every call with `answer`. */
const install = (name: string, answer: string) => {
  const file = path.join(home, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\necho '${answer}'\n`);
  chmodSync(file, 0o755);
  return file;
};
const find = (name: string, env: Record<string, string> = {}) =>
  JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', script, name], {
      encoding: 'utf8',
      env: { HOME: home, PATH: path.join(home, 'bin'), ...env },
    }),
  ) as { found?: { version: string; path: string }; lines: string[] };

test('the set-up finds Python under pyenv when the one on the path is too old', () => {
  install('bin/python3', '3.11.7 /usr/bin/python3 True');
  const pyenv = install(
    '.pyenv/versions/3.13.0/bin/python3',
    `3.13.0 ${home}/.pyenv/versions/3.13.0/bin/python3 True`,
  );
  expect(find('Python').found).toEqual({ version: '3.13.0', path: pyenv });
});

test('the set-up names a Python that is too old, and the command to install a newer one', () => {
  install('bin/python3', '3.11.7 /usr/bin/python3 True');
  const lines = find('Python').lines.join('\n');
  expect(lines).toContain('✗ Python  3.12 or newer; found only 3.11.7 at /usr/bin/python3');
  expect(lines).toMatch(/install: \S+/);
});

test('the set-up rejects a Python that cannot create virtual environments', () => {
  install('bin/python3.13', '3.13.0 /usr/bin/python3.13 False');
  const { found, lines } = find('Python');
  expect(found).toBeUndefined();
  expect(lines.join('\n')).toContain('it lacks the venv module');
});

test('the set-up prefers the Java of JAVA_HOME', () => {
  install('bin/java', 'openjdk 17.0.15 2025-04-15');
  const java = install('jdk/bin/java', 'openjdk 21.0.2 2024-01-16');
  expect(find('Java', { JAVA_HOME: path.join(home, 'jdk') }).found).toEqual({
    version: '21.0.2',
    path: java,
  });
});

test('the set-up reports a missing Maven', () => {
  expect(find('Maven').lines.join('\n')).toContain('✗ Maven   3.6 or newer; not found');
});

test('a disk without room for the set-up is told with both sizes; one with room is not', async () => {
  const { missingSpace } = await import(module);
  expect(missingSpace(2_100, 480)).toMatch(/needs 2\.1 GB on the disk, and 0\.5 GB are free/);
  expect(missingSpace(2_100, 2_100)).toBeUndefined();
});
