// The steps of the set-up. A step runs after the steps named in `after`. `sizeMb` is about what it takes on
// the disk, and `folder` grows while it works.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { installChromium } from './chromium.mjs';
import {
  call,
  copyJars,
  fingerprintOf,
  inProject,
  makeVenv,
  pipInstall,
  unpackDebian,
} from './installers.mjs';
import {
  chromium,
  findPrometheus,
  howToGetPrometheus,
  jmxAgent,
  jmxAgentDir,
  jsonataJars,
  kafkaBootstrap,
  kafkaLib,
  localstackVenv,
  ministackVenv,
  projectNode,
  prometheusDir,
  runtimeModules,
  sparkJars,
  sparkVenv,
} from './tools.mjs';

const npmFiles = ['package-lock.json', '.npmrc'];
const localstackFiles = ['localstack/extension/requirements.txt'];
const extensionFiles = ['localstack/extension/pyproject.toml', 'localstack/extension/register.py'];
/** Lies in the virtual environment, so that the extension is registered again with a new environment. */
const extensionMark = path.join(localstackVenv, 'extension-registered');
// Packages installed into the environment of another step are installed again when that environment is
// rebuilt.
const extensionTestFiles = [...localstackFiles, 'localstack/extension/requirements-test.txt'];
const sparkFiles = ['glue-scripts/requirements.txt'];
const ministackFiles = ['test/ministack/requirements.txt'];
const trainingFiles = [...sparkFiles, 'glue-scripts/requirements-training.txt'];
const readersFiles = [...sparkFiles, 'test/requirements.txt'];
const sparkJarFiles = ['localstack/spark/pom.xml'];
const brokerFiles = ['localstack/platform/broker/pom.xml'];
const archiveScript = 'localstack/platform/broker/make-archive.ts';
const jsonataFiles = ['localstack/jsonata/pom.xml'];
const jmxFiles = ['localstack/platform/broker/jmx/pom.xml'];

export const steps = [
  {
    name: 'npm',
    title: 'Node packages, Node 24, Postgres 18',
    sizeMb: 800,
    folder: inProject('node_modules'),
    registry: 'npm',
    profiles: ['run', 'test'],
    fingerprint: fingerprintOf(npmFiles, projectNode),
    run: async ({ log }) => {
      // The npm that runs this script, with its settings; plain `npm` when the script was started without
      // npm.
      const npm = process.env.npm_execpath ? [process.execPath, [process.env.npm_execpath]] : ['npm', []];
      await call(log, npm[0], [...npm[1], 'ci', '--no-progress']);
      await call(log, projectNode, ['--version']);
    },
  },
  {
    name: 'lambda-runtime',
    title: 'AWS SDK of the Lambda runtime',
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
    sizeMb: 90,
    folder: kafkaLib,
    profiles: ['run', 'test'],
    fingerprint: fingerprintOf(brokerFiles, kafkaLib),
    run: ({ programs, log }) => copyJars(log, programs.maven, 'localstack/platform/broker/pom.xml', kafkaLib),
  },
  {
    name: 'spark-jars',
    title: 'S3 connector for Spark',
    sizeMb: 10,
    folder: sparkJars,
    profiles: ['run', 'test'],
    // After the other Maven step: parallel runs would download Maven's plugins twice.
    after: ['kafka'],
    fingerprint: fingerprintOf(sparkJarFiles, sparkJars),
    run: ({ programs, log }) => copyJars(log, programs.maven, 'localstack/spark/pom.xml', sparkJars),
  },
  {
    name: 'jmx-agent',
    title: 'JMX agent of the brokers',
    profiles: ['run', 'test'],
    after: ['spark-jars'],
    fingerprint: fingerprintOf(jmxFiles, jmxAgent),
    run: ({ programs, log }) =>
      copyJars(log, programs.maven, 'localstack/platform/broker/jmx/pom.xml', jmxAgentDir),
  },
  {
    name: 'jsonata',
    title: 'JSONata for state machines',
    profiles: ['run', 'test'],
    after: ['jmx-agent'],
    fingerprint: fingerprintOf(jsonataFiles, jsonataJars),
    run: ({ programs, log }) => copyJars(log, programs.maven, 'localstack/jsonata/pom.xml', jsonataJars),
  },
  {
    name: 'spark',
    title: 'Spark 3.5, for Glue jobs',
    sizeMb: 410,
    folder: sparkVenv,
    registry: 'pip',
    profiles: ['run', 'test'],
    fingerprint: fingerprintOf(sparkFiles, path.join(sparkVenv, 'bin/python')),
    run: ({ programs, log }) => makeVenv(log, programs.python, sparkVenv, 'glue-scripts/requirements.txt'),
  },
  {
    name: 'training',
    title: 'LightGBM, for the fraud model',
    sizeMb: 130,
    registry: 'pip',
    profiles: ['run', 'test'],
    after: ['spark'],
    fingerprint: fingerprintOf(trainingFiles, path.join(sparkVenv, 'lightgbm-installed')),
    run: async ({ log }) => {
      await pipInstall(log, sparkVenv, 'glue-scripts/requirements-training.txt');
      writeFileSync(path.join(sparkVenv, 'lightgbm-installed'), '');
    },
  },
  {
    name: 'readers',
    title: 'Test tools: pyarrow, DuckDB, pytest, metrics parser, schemathesis',
    sizeMb: 290,
    registry: 'pip',
    profiles: ['test'],
    // After the other installation into this environment.
    after: ['training'],
    fingerprint: fingerprintOf(readersFiles, path.join(sparkVenv, 'bin/pytest')),
    run: ({ log }) => pipInstall(log, sparkVenv, 'test/requirements.txt'),
  },
  {
    name: 'localstack',
    title: 'LocalStack 2026.3',
    sizeMb: 430,
    folder: localstackVenv,
    registry: 'pip',
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
    title: 'pytest for the LocalStack extension',
    profiles: ['test'],
    after: ['localstack'],
    fingerprint: fingerprintOf(extensionTestFiles, path.join(localstackVenv, 'bin/pytest')),
    run: ({ log }) => pipInstall(log, localstackVenv, 'localstack/extension/requirements-test.txt'),
  },
  {
    name: 'ministack',
    title: 'MiniStack, for tests of the poller',
    sizeMb: 70,
    folder: ministackVenv,
    registry: 'pip',
    profiles: ['test'],
    fingerprint: fingerprintOf(ministackFiles, path.join(ministackVenv, 'bin/ministack')),
    run: ({ programs, log }) =>
      makeVenv(log, programs.python, ministackVenv, 'test/ministack/requirements.txt'),
  },
  {
    name: 'prometheus',
    title: 'Prometheus',
    profiles: ['run', 'test'],
    // Done again when a person installs or removes one. The platform runs without: its set-up never fails.
    fingerprint: () => findPrometheus()?.prometheus ?? 'none',
    run: async ({ log }) => {
      if (findPrometheus() !== undefined) return;
      try {
        await unpackDebian(log, 'prometheus', prometheusDir);
      } catch (error) {
        log.write(`${error.stack}\n`);
        console.log(`  ${howToGetPrometheus}`);
      }
    },
  },
  {
    name: 'chromium',
    title: 'Chromium, for tests of the console',
    sizeMb: 360,
    profiles: ['test'],
    after: ['npm'],
    fingerprint: fingerprintOf(['localstack/setup/chromium.mjs'], chromium),
    run: ({ log }) => installChromium(log),
  },
  {
    name: 'kafka-archive',
    title: 'Classes and first records for faster broker starts',
    profiles: ['run', 'test'],
    after: ['npm', 'kafka'],
    fingerprint: fingerprintOf([...brokerFiles, archiveScript], kafkaBootstrap),
    run: async ({ programs, log }) => {
      await call(log, projectNode, [inProject(archiveScript), '--java', programs.java]);
    },
  },
];
