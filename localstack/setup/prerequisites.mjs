// Finds the programs that the set-up cannot install itself, and describes how to install the missing ones.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

const fromEnv = (name, ...rest) => (process.env[name] ? [path.join(process.env[name], ...rest)] : []);

const inFolders = (folder, ...rest) => {
  try {
    return readdirSync(folder)
      .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
      .map((name) => path.join(folder, name, ...rest));
  } catch {
    return [];
  }
};

const output = (file, args) => {
  try {
    return execFileSync(file, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 20_000 });
  } catch (error) {
    return error.code === 'ENOENT' ? undefined : `${error.stdout ?? ''}`;
  }
};

const pythonProbe =
  'import sys, sysconfig, importlib.util as u; print("%d.%d.%d" % sys.version_info[:3], sys.executable, all(map(u.find_spec, ("venv", "ensurepip"))))';

function probePython(file) {
  const [version, executable, canMakeVenv] = output(file, ['-c', pythonProbe])?.trim().split(' ') ?? [];
  if (!version) return undefined;
  return {
    version,
    path: executable,
    lacks: canMakeVenv === 'True' ? undefined : 'it lacks the venv module',
  };
}

function probeJava(file) {
  const version = /(\d[\d.]*)/.exec(output(file, ['--version']) ?? '')?.[1];
  return version ? { version, path: file } : undefined;
}

function probeMaven(file) {
  const version = /Apache Maven (\S+)/
    .exec(output(file, ['-B', '--version']) ?? '')?.[1]
    ?.replaceAll(/[^\d.]/g, '');
  return version ? { version, path: file } : undefined;
}

const major = (version) => Number(version.split('.')[0]);
const minor = (version) => Number(version.split('.')[1] ?? 0);

const prerequisites = [
  {
    name: 'Node',
    needs: '20 or newer',
    candidates: () => [process.execPath],
    probe: (file) => ({ version: process.versions.node, path: file }),
    good: (version) => major(version) >= 20,
    install: {
      apt: 'see https://nodejs.org for packages of Node 24',
      brew: 'brew install node',
      dnf: 'sudo dnf install nodejs',
    },
  },
  {
    name: 'Python',
    needs: '3.12 or newer',
    candidates: () => [
      ...fromEnv('ISOBAR_PYTHON'),
      'python3.13',
      'python3.12',
      'python3',
      'python',
      ...inFolders(
        path.join(process.env.PYENV_ROOT ?? path.join(homedir(), '.pyenv'), 'versions'),
        'bin/python3',
      ),
      ...inFolders(path.join(homedir(), '.local/share/uv/python'), 'bin/python3'),
      '/opt/homebrew/bin/python3.13',
      '/usr/local/bin/python3.13',
      '/opt/homebrew/bin/python3.12',
      '/usr/local/bin/python3.12',
      'python3.14',
    ],
    probe: probePython,
    good: (version) => major(version) === 3 && minor(version) >= 12,
    install: {
      apt: 'sudo apt install python3 python3-venv   (Debian 13, Ubuntu 24.04 or newer; otherwise: pyenv install 3.13)',
      brew: 'brew install python@3.13',
      dnf: 'sudo dnf install python3.13',
    },
  },
  {
    name: 'Java',
    needs: '17 or newer',
    candidates: () => [
      ...fromEnv('JAVA_HOME', 'bin/java'),
      'java',
      ...inFolders('/usr/lib/jvm', 'bin/java'),
      '/opt/homebrew/opt/openjdk/bin/java',
    ],
    probe: probeJava,
    good: (version) => major(version) >= 17,
    install: {
      apt: 'sudo apt install openjdk-17-jre-headless',
      brew: 'brew install openjdk',
      dnf: 'sudo dnf install java-21-openjdk-headless',
    },
  },
  {
    name: 'Maven',
    needs: '3.6 or newer',
    candidates: () => [...fromEnv('MAVEN_HOME', 'bin/mvn'), 'mvn', '/opt/homebrew/bin/mvn'],
    probe: probeMaven,
    good: (version) => major(version) > 3 || (major(version) === 3 && minor(version) >= 6),
    install: { apt: 'sudo apt install maven', brew: 'brew install maven', dnf: 'sudo dnf install maven' },
  },
];

/**
 * @returns {{name: string, needs: string, found?: {version: string, path: string}, instead: string[],
 * install: object}[]}
 */
export function findPrerequisites() {
  return prerequisites.map(({ name, needs, candidates, probe, good, install }) => {
    const instead = [];
    for (const file of new Set(candidates())) {
      const found = probe(file);
      if (!found) continue;
      if (good(found.version) && !found.lacks) return { name, needs, found, instead, install };
      instead.push(`${found.version} at ${found.path}${found.lacks ? ` (${found.lacks})` : ''}`);
    }
    return { name, needs, instead, install };
  });
}

/** Lines for a person: the missing programs, and how to install them on this system. */
export function describeMissing(results) {
  const packager = process.platform === 'darwin' ? 'brew' : output('dnf', ['--version']) ? 'dnf' : 'apt';
  const missing = results.filter(({ found }) => !found);
  const lines = [
    `Isobar needs ${missing.length === 1 ? 'one program that is' : `${missing.length} programs that are`} not installed:`,
    '',
  ];
  for (const { name, needs, found, instead, install } of results) {
    if (found) lines.push(`  ✓ ${name.padEnd(7)} ${found.version.padEnd(10)} ${found.path}`);
    else {
      lines.push(
        `  ✗ ${name.padEnd(7)} ${needs}${instead.length ? `; found only ${instead.slice(0, 2).join(', ')}` : '; not found'}`,
      );
      lines.push(`            install: ${install[packager]}`);
    }
  }
  return [...lines, '', 'Install them, then run the same command again.'];
}

export const inGb = (mb) => `${(mb / 1000).toFixed(1)} GB`;

/** A sentence when the disk has no room for the set-up; undefined when it has. */
export function missingSpace(needsMb, freeMb) {
  if (freeMb >= needsMb) return undefined;
  return `The set-up needs ${inGb(needsMb)} on the disk, and ${inGb(freeMb)} are free. Free some space, then run the same command again.`;
}
