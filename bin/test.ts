// `npm test`: starts its own platform, deploys the stacks to it, runs every test suite and stops the
// platform. `npm run test:unit` (--suite unit) runs the tests that need no platform. The suites run side by
// side: while some wait for brokers and timers, others compute. Each line of output then names its suite.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defaultStateDir } from '../localstack/endpoints.ts';
import { launch } from '../localstack/run/launch.ts';
import { sparkJars, sparkVenv } from '../localstack/setup/tools.mjs';
import { exitCodeOf, readArguments, UsageError } from './shared/command.ts';
import { python, resultsDir, type Suite, suites } from './test/suites.ts';

const testStateDir = path.join(defaultStateDir, 'test');

const interrupted = new AbortController();
// Not only once: a second signal, from npm and from a terminal for example, must not end this process before
// its platform.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interrupted.abort(new Error('interrupted')));

interface Options {
  readonly wanted: readonly Suite[];
  /** Further arguments for jest. */
  readonly extraArgs: readonly string[];
}

function readOptions(): Options {
  const { values, positionals } = readArguments({
    options: { suite: { type: 'string', multiple: true } },
    allowPositionals: true,
  });
  const unknown = values.suite?.filter((name) => !suites.some((suite) => suite.name === name)) ?? [];
  if (unknown.length > 0)
    throw new UsageError(
      `Unknown suite ${unknown.join(', ')}: use ${suites.map(({ name }) => name).join(', ')}`,
    );
  const wanted = suites.filter(({ name, isLong = false }) => values.suite?.includes(name) ?? !isLong);
  return { wanted, extraArgs: positionals };
}

const total = { passed: 0, failed: 0 };
async function runSuite(suite: Suite, env: NodeJS.ProcessEnv, { wanted, extraArgs }: Options): Promise<void> {
  const begun = Date.now();
  const labelLength = Math.max(...wanted.map(({ name }) => name.length));
  const label = wanted.length > 1 ? suite.name.padEnd(labelLength) : undefined;
  const { passed, failed } = await suite.run({ env, label, extraArgs, signal: interrupted.signal });
  interrupted.signal.throwIfAborted();
  const seconds = Math.round((Date.now() - begun) / 1000);
  console.log(`── ${suite.name}: ${passed} passed, ${failed} failed in ${seconds} s`);
  total.passed += passed;
  total.failed += failed;
}

// The CDK leaves a temporary folder behind for every app that a test creates.
const scratch = mkdtempSync(path.join(tmpdir(), 'isobar-test-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
const ambient = { ...process.env, TMPDIR: scratch };

function launchPlatform() {
  return launch({
    stateDir: testStateDir,
    anyPorts: true,
    onEvent: () => undefined,
    signal: interrupted.signal,
  });
}

const environmentOf = ({ endpoints }: Awaited<ReturnType<typeof launchPlatform>>) => ({
  ...ambient,
  ISOBAR_TEST_STATE_DIR: testStateDir,
  ISOBAR_TEST_AWS_ENDPOINT_URL: endpoints.awsEndpointUrl,
  ISOBAR_TEST_KAFKA_BROKERS: endpoints.kafkaBrokers.join(','),
  // The server's own database. Tests create their own databases beside the one of the stacks.
  ISOBAR_TEST_POSTGRES_URL: Object.assign(new URL(endpoints.postgresUrl), { pathname: '/postgres' }).href,
  ISOBAR_TEST_SPARK_PYTHON: python(sparkVenv),
  ISOBAR_TEST_SPARK_JARS: sparkJars,
});

async function main(): Promise<number> {
  const options = readOptions();
  const { wanted } = options;
  rmSync(resultsDir, { recursive: true, force: true });
  mkdirSync(resultsDir, { recursive: true });
  const needsPlatform = wanted.some((suite) => suite.needsPlatform);
  if (needsPlatform) console.log('Starting a platform for the tests and deploying the stacks to it');
  const platform = needsPlatform ? launchPlatform() : undefined;
  const environment = platform?.then(environmentOf);
  // A failure rejects the suites that await these promises.
  platform?.catch(() => undefined);
  environment?.catch(() => undefined);

  const runs = new Map<string, Promise<void>>();
  const run = async (suite: Suite) => {
    await runs.get(suite.after ?? '');
    await runSuite(suite, (suite.needsPlatform && (await environment)) || ambient, options);
  };
  try {
    for (const suite of wanted) runs.set(suite.name, run(suite));
    const ends = await Promise.allSettled(runs.values());
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  } finally {
    await (await platform)?.stop();
  }
  const line = `Tests: ${total.passed} passed, ${total.failed} failed`;
  writeFileSync(path.join(resultsDir, 'summary.txt'), `${line}\n`);
  console.log(`\n${line}`);
  return total.failed > 0 || total.passed === 0 ? 1 : 0;
}

process.exit(await exitCodeOf('test', main, interrupted.signal));
