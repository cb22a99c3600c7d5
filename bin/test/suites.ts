import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { defaultStateDir } from '../../localstack/endpoints.ts';
import { localstackVenv, projectNode, projectRoot, sparkVenv } from '../../localstack/setup/tools.mjs';

export interface Suite {
  readonly name: string;
  readonly needsPlatform: boolean;
  /** The suite after which it runs. All others run side by side. */
  readonly after?: string;
  /** Runs only when it is asked for. */
  readonly isLong?: boolean;
  readonly run: (how: Run) => Promise<Result>;
}
interface Result {
  readonly passed: number;
  readonly failed: number;
}

/** How to run a suite. */
interface Run {
  readonly env: NodeJS.ProcessEnv;
  /** The prefix of each output line. Undefined when the suite has the terminal to itself. */
  readonly label: string | undefined;
  /** Further arguments for jest. */
  readonly extraArgs: readonly string[];
  readonly signal: AbortSignal;
}

export const resultsDir = path.join(defaultStateDir, 'test-results');
export const python = (venv: string) => path.join(venv, 'bin/python');

function call(file: string, args: readonly string[], { env, label, signal }: Run): Promise<number> {
  return new Promise((resolve, reject) => {
    const output = label === undefined ? 'inherit' : 'pipe';
    const child = spawn(file, args, { cwd: projectRoot, env, stdio: ['inherit', output, output], signal });
    for (const stream of [child.stdout, child.stderr])
      if (stream) createInterface(stream).on('line', (line) => console.log(`${label} │ ${line}`));
    child.on('error', (error) => {
      if (!signal.aborted) reject(error);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** A suite without a readable report counts as one failure. */
function readResult(exitCode: number, read: () => Result): Result {
  try {
    const result = read();
    return exitCode !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result;
  } catch {
    return { passed: 0, failed: 1 };
  }
}

const jest = (
  { name, ...where }: Omit<Suite, 'run'>,
  projects: readonly string[],
  options: readonly string[] = [],
  variables: NodeJS.ProcessEnv = {},
): Suite => ({
  name,
  ...where,
  run: async (given) => {
    const how = { ...given, env: { ...given.env, ...variables } };
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
        ...how.extraArgs,
      ],
      how,
    );
    return readResult(exitCode, () => {
      const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites } = JSON.parse(
        readFileSync(report, 'utf8'),
      );
      return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites };
    });
  },
});

const pytest = ({ name, ...where }: Omit<Suite, 'run'>, venv: string, folder: string): Suite => ({
  name,
  ...where,
  run: async (how) => {
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
    const exitCode = await call(python(venv), args, {
      ...how,
      env: { ...how.env, PYTHONDONTWRITEBYTECODE: '1' },
    });
    return readResult(exitCode, () => {
      const xml = readFileSync(report, 'utf8');
      const count = (attribute: string) =>
        Number(new RegExp(`<testsuite [^>]*\\b${attribute}="(\\d+)"`).exec(xml)?.[1]);
      const failed = count('failures') + count('errors') + count('skipped');
      return { passed: count('tests') - failed, failed };
    });
  },
});

export const suites: readonly Suite[] = [
  jest({ name: 'unit', needsPlatform: false }, ['unit', 'stacks']),
  pytest({ name: 'spark', needsPlatform: false }, sparkVenv, 'glue-scripts/tests'),
  pytest(
    { name: 'extension', needsPlatform: true, after: 'spark' },
    localstackVenv,
    'localstack/extension/tests',
  ),
  jest({ name: 'contract', needsPlatform: true }, ['contract'], ['--maxWorkers=3']),
  jest({ name: 'integration', needsPlatform: true, after: 'e2e' }, ['integration']),
  // This suite starts its own platforms, one at a time.
  jest({ name: 'e2e', needsPlatform: false }, ['e2e'], ['--maxWorkers=1']),
  // Faults that have to last until their alerts fire: a quarter of an hour.
  jest({ name: 'long', needsPlatform: false, isLong: true }, ['long']),
  // The properties of which `npm test` checks a few runs.
  jest(
    { name: 'properties', needsPlatform: true, isLong: true },
    ['unit', 'contract'],
    ['--findRelatedTests', path.join(projectRoot, 'test/fixtures/runs.ts')],
    { ISOBAR_TEST_ALL_RUNS: '1' },
  ),
];
