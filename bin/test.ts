// `npm test`: starts a platform of its own with everything deployed on it, runs every suite against it, and ends it.
// `npm run test:unit` (--suite unit) runs what needs no platform.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { defaultStateDir } from '../localstack/endpoints.ts';
import { launch } from '../localstack/launch.ts';
import {
  localstackVenv,
  projectNode,
  projectRoot,
  sparkJars,
  sparkVenv,
  toolsVenv,
} from '../localstack/setup/tools.mjs';

interface Suite {
  readonly name: string;
  readonly needsPlatform: boolean;
  readonly run: (env: NodeJS.ProcessEnv) => Promise<Result>;
}
interface Result {
  readonly passed: number;
  readonly failed: number;
}

const resultsDir = path.join(defaultStateDir, 'test-results');
const python = (venv: string) => path.join(venv, 'bin/python');

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => interrupted.abort(new Error('interrupted')));

function call(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const { signal } = interrupted;
    const child = spawn(file, args, { cwd: projectRoot, env, stdio: 'inherit', signal });
    child.on('error', (error) => {
      if (!signal.aborted) reject(error);
    });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** A suite that could not even report counts as one failure. */
function readResult(exitCode: number, read: () => Result): Result {
  try {
    const result = read();
    return exitCode !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result;
  } catch {
    return { passed: 0, failed: 1 };
  }
}

const jest = (
  name: string,
  needsPlatform: boolean,
  projects: readonly string[],
  options: readonly string[] = [],
): Suite => ({
  name,
  needsPlatform,
  run: async (env) => {
    const report = path.join(resultsDir, `${name}.json`);
    const exitCode = await call(
      projectNode,
      [
        '--experimental-vm-modules',
        '--disable-warning=ExperimentalWarning',
        '--disable-warning=TimeoutNegativeWarning',
        path.join(projectRoot, 'node_modules/jest/bin/jest.js'),
        '--selectProjects',
        ...projects,
        ...options,
        '--json',
        `--outputFile=${report}`,
        ...extraArgs,
      ],
      env,
    );
    return readResult(exitCode, () => {
      const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
        readFileSync(report, 'utf8'),
      );
      return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
    });
  },
});

const pytest = (name: string, needsPlatform: boolean, venv: string, folder: string): Suite => ({
  name,
  needsPlatform,
  run: async (env) => {
    const report = path.join(resultsDir, `${name}.xml`);
    const args = [
      '-m',
      'pytest',
      '-q',
      '-p',
      'no:cacheprovider',
      `--junitxml=${report}`,
      path.join(projectRoot, folder),
    ];
    const exitCode = await call(python(venv), args, { ...env, PYTHONDONTWRITEBYTECODE: '1' });
    return readResult(exitCode, () => {
      const xml = readFileSync(report, 'utf8');
      const count = (attribute: string) =>
        Number(new RegExp(`<testsuite [^>]*\\b${attribute}="(\\d+)"`).exec(xml)?.[1]);
      const failed = count('failures') + count('errors') + count('skipped');
      return { passed: count('tests') - failed, failed };
    });
  },
});

const suites: readonly Suite[] = [
  jest('unit', false, ['unit', 'stacks']),
  pytest('spark', false, sparkVenv, 'glue-scripts/tests'),
  // These wait for brokers and timers more than they compute.
  jest('contract', true, ['contract'], ['--maxWorkers=3']),
  pytest('extension', true, localstackVenv, 'localstack/extension/tests'),
  jest('integration', true, ['integration']),
  jest('e2e', true, ['e2e']),
];

const { values, positionals: extraArgs } = parseArgs({
  options: { suite: { type: 'string', multiple: true } },
  allowPositionals: true,
});
const unknown = values.suite?.filter((name) => !suites.some((suite) => suite.name === name)) ?? [];
if (unknown.length > 0) {
  console.error(
    `There is no suite ${unknown.join(', ')}: choose from ${suites.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}
const wanted = suites.filter(({ name }) => values.suite?.includes(name) ?? true);

rmSync(resultsDir, { recursive: true, force: true });
mkdirSync(resultsDir, { recursive: true });
const total = { passed: 0, failed: 0 };
async function runAll(env: NodeJS.ProcessEnv, needsPlatform: boolean) {
  for (const suite of wanted.filter((each) => each.needsPlatform === needsPlatform)) {
    console.log(`\n── ${suite.name} ${'─'.repeat(70 - suite.name.length)}`);
    const result = await suite.run(env);
    interrupted.signal.throwIfAborted();
    total.passed += result.passed;
    total.failed += result.failed;
  }
}

// The CDK leaves a folder behind for every app that a test makes.
const scratch = mkdtempSync(path.join(tmpdir(), 'isobar-test-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
const ambient = { ...process.env, TMPDIR: scratch };

async function main(): Promise<void> {
  await runAll(ambient, false);
  if (wanted.some(({ needsPlatform }) => needsPlatform)) {
    console.log('\nStarting a platform for the tests, and deploying to it');
    const stateDir = path.join(defaultStateDir, 'test');
    const platform = await launch({
      stateDir,
      anyPorts: true,
      onEvent: () => undefined,
      signal: interrupted.signal,
    });
    const { endpoints } = platform;
    try {
      const env = {
        ...ambient,
        ISOBAR_TEST_STATE_DIR: stateDir,
        ISOBAR_TEST_AWS_ENDPOINT_URL: endpoints.awsEndpointUrl,
        ISOBAR_TEST_KAFKA_BROKERS: endpoints.kafkaBrokers.join(','),
        // The server's own database: tests make databases of their own beside that of the stacks.
        ISOBAR_TEST_POSTGRES_URL: Object.assign(new URL(endpoints.postgresUrl), { pathname: '/postgres' })
          .href,
        ISOBAR_TOOLS_PYTHON: python(toolsVenv),
        ISOBAR_TEST_SPARK_PYTHON: python(sparkVenv),
        ISOBAR_TEST_SPARK_JARS: sparkJars,
      };
      await runAll(env, true);
    } finally {
      await platform.stop();
    }
  }
}

try {
  await main();
} catch (error) {
  if (!interrupted.signal.aborted) throw error;
  process.exit(130);
}

const line = `Tests: ${total.passed} passed, ${total.failed} failed`;
writeFileSync(path.join(resultsDir, 'summary.txt'), `${line}\n`);
console.log(`\n${line}`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
