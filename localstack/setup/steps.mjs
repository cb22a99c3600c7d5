// What the set-up installs, step by step. Steps come after those they name in `after`.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  kafkaArchive,
  kafkaLib,
  localstackVenv,
  projectNode,
  projectRoot,
  runtimeModules,
  sparkJars,
  sparkVenv,
} from './tools.mjs';

const inProject = (file) => path.join(projectRoot, file);

/** Changes when one of `files` does, or when what the step made is gone. */
const fingerprintOf = (files, made) => () => {
  if (!existsSync(made)) return undefined;
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of files) hash.update(readFileSync(inProject(file)));
  return hash.digest('hex').slice(0, 16);
};

/** Runs a program to its end with its output in the step's log; fails with the last lines of that output. */
function call(log, file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let output = '';
    const keep = (chunk) => {
      log.write(chunk);
      output = (output + chunk).slice(-100_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          Object.assign(new Error(`${path.basename(file)} ${args[0]} ended with ${code}`), {
            excerpt: excerptOf(output),
          }),
        );
    });
  });
}

/** The first complaints, which name the cause; the last lines when a program failed without calling it an error. */
function excerptOf(output) {
  const lines = output.split('\n').filter((line) => line.trim());
  const complaints = lines.filter((line) => /\berr(or)?\b/i.test(line));
  return (complaints.length > 0 ? complaints.slice(0, 6) : lines.slice(-6))
    .map((line) => `  ${line}`)
    .join('\n');
}

async function makeVenv(log, python, venv, requirements) {
  rmSync(venv, { recursive: true, force: true });
  await call(log, python, ['-m', 'venv', venv]);
  await pipInstall(log, venv, requirements);
}

const pipInstall = (log, venv, requirements) =>
  call(log, path.join(venv, 'bin/python'), [
    '-m',
    'pip',
    'install',
    '--disable-pip-version-check',
    // Compiled on first import instead: of thousands of modules, only a part is ever used.
    '--no-compile',
    '--require-hashes',
    '-r',
    inProject(requirements),
  ]);

async function copyJars(log, maven, pom, into) {
  rmSync(into, { recursive: true, force: true });
  await call(log, maven, [
    '-q',
    '-B',
    '-f',
    inProject(pom),
    'dependency:copy-dependencies',
    `-DoutputDirectory=${into}`,
  ]);
}

const npmFiles = ['package-lock.json', '.npmrc'];
const localstackFiles = ['localstack/extension/requirements.txt'];
const extensionFiles = ['localstack/extension/pyproject.toml', 'localstack/extension/register.py'];
/** Lies in the virtual environment, so that a new one is registered with anew. */
const extensionMark = path.join(localstackVenv, 'extension-registered');
// What is installed into another step's environment is installed again when that is made anew.
const extensionTestFiles = [...localstackFiles, 'localstack/extension/requirements-test.txt'];
const sparkFiles = ['glue-scripts/requirements.txt'];
const readersFiles = [...sparkFiles, 'test/requirements.txt'];
const sparkJarFiles = ['localstack/spark/pom.xml'];
const brokerFiles = ['localstack/platform/broker/pom.xml'];

export const steps = [
  {
    name: 'npm',
    title: 'Node packages, Node 24, Postgres 18',
    profiles: ['run', 'test'],
    fingerprint: fingerprintOf(npmFiles, projectNode),
    run: async ({ log }) => {
      // The npm that runs this script, so that its settings hold; a plain `npm` when the script was started without it.
      const npm = process.env.npm_execpath ? [process.execPath, [process.env.npm_execpath]] : ['npm', []];
      await call(log, npm[0], [...npm[1], 'ci', '--no-progress']);
      await call(log, projectNode, ['--version']);
    },
  },
  {
    name: 'lambda-runtime',
    title: 'Modules of the Lambda runtime',
    profiles: ['run', 'test'],
    after: ['npm'],
    fingerprint: fingerprintOf(npmFiles, path.join(runtimeModules, '@aws-sdk')),
    run: async () => {
      rmSync(runtimeModules, { recursive: true, force: true });
      mkdirSync(runtimeModules, { recursive: true });
      symlinkSync(inProject('node_modules/@aws-sdk'), path.join(runtimeModules, '@aws-sdk'));
    },
  },
  {
    name: 'kafka',
    title: 'Kafka 4.4',
    profiles: ['run', 'test'],
    fingerprint: fingerprintOf(brokerFiles, kafkaLib),
    run: ({ programs, log }) => copyJars(log, programs.maven, 'localstack/platform/broker/pom.xml', kafkaLib),
  },
  {
    name: 'spark-jars',
    title: "Spark's way to S3",
    profiles: ['run', 'test'],
    // One after the other: two runs of Maven would fetch its own plugins twice.
    after: ['kafka'],
    fingerprint: fingerprintOf(sparkJarFiles, sparkJars),
    run: ({ programs, log }) => copyJars(log, programs.maven, 'localstack/spark/pom.xml', sparkJars),
  },
  {
    name: 'spark',
    title: 'Spark 3.5, for Glue jobs',
    profiles: ['run', 'test'],
    fingerprint: fingerprintOf(sparkFiles, path.join(sparkVenv, 'bin/python')),
    run: ({ programs, log }) => makeVenv(log, programs.python, sparkVenv, 'glue-scripts/requirements.txt'),
  },
  {
    name: 'readers',
    title: 'Beside Spark: pyarrow, DuckDB, pytest, a reader of metrics',
    profiles: ['test'],
    after: ['spark'],
    fingerprint: fingerprintOf(readersFiles, path.join(sparkVenv, 'bin/pytest')),
    run: ({ log }) => pipInstall(log, sparkVenv, 'test/requirements.txt'),
  },
  {
    name: 'localstack',
    title: 'LocalStack 4.14',
    profiles: ['run', 'test'],
    fingerprint: fingerprintOf(localstackFiles, path.join(localstackVenv, 'bin/localstack-supervisor')),
    run: async ({ programs, log }) => {
      await makeVenv(log, programs.python, localstackVenv, 'localstack/extension/requirements.txt');
    },
  },
  {
    name: 'extension',
    title: 'LocalStack extension',
    profiles: ['run', 'test'],
    after: ['localstack'],
    fingerprint: fingerprintOf(extensionFiles, extensionMark),
    run: async ({ log }) => {
      await call(log, path.join(localstackVenv, 'bin/python'), [
        inProject('localstack/extension/register.py'),
      ]);
      writeFileSync(extensionMark, '');
    },
  },
  {
    name: 'extension-tests',
    title: 'pytest',
    profiles: ['test'],
    after: ['localstack'],
    fingerprint: fingerprintOf(extensionTestFiles, path.join(localstackVenv, 'bin/pytest')),
    run: ({ log }) => pipInstall(log, localstackVenv, 'localstack/extension/requirements-test.txt'),
  },
  {
    name: 'kafka-archive',
    title: 'Class archive for fast broker starts',
    profiles: ['run', 'test'],
    after: ['npm', 'kafka'],
    fingerprint: fingerprintOf(brokerFiles, kafkaArchive),
    run: async ({ programs, log }) => {
      await call(log, projectNode, [
        inProject('localstack/platform/broker/make-archive.ts'),
        '--java',
        programs.java,
      ]);
    },
  },
];
