// `npm run dev`: keeps the running platform equal to the sources. A change in lambdas/ replaces the code of
// the functions that it reaches; a change in lib/ deploys what changed.
import { watch } from 'node:fs';
import path from 'node:path';
import { synthesize } from '../lib/deploy/synthesize.ts';
import { deployLocally } from '../localstack/deploy/deploy.ts';
import { codeOfAssembly, updateFunctions } from '../localstack/dev/deployed-functions.ts';
import { type BuiltFunction, watchFunctions } from '../localstack/dev/watch-functions.ts';
import { projectRoot } from '../localstack/setup/tools.mjs';
import { exitCodeOf, takeNoArguments } from './shared/command.ts';
import { runningPlatform } from './shared/running-platform.ts';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => interrupted.abort(new Error('interrupted')));

const seconds = (startedAt: number) => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
const now = () => new Date().toTimeString().slice(0, 8);
const print = (line: string) => console.log(`${now()}  ${line}`);

async function main(): Promise<number> {
  takeNoArguments();
  const endpoints = runningPlatform();
  const { signal } = interrupted;
  watchStacks(endpoints.awsEndpointUrl, signal);
  print('Watching lambdas/ and lib/. Ctrl-C ends it; the platform keeps running.');
  await watchFunctions({
    sources: path.join(projectRoot, 'lambdas'),
    running: await codeOfAssembly(endpoints.assembly ?? ''),
    signal,
    onBroken: () => print('The functions stay as they are until the source compiles.'),
    onChanged: async (functions) => {
      const startedAt = performance.now();
      await updateFunctions(endpoints, functions).then(
        () => print(`${namesOf(functions)} updated in ${seconds(startedAt)}`),
        (error) => print(`${namesOf(functions)} not updated: ${error.message}`),
      );
    },
  });
  return 0;
}

const namesOf = (functions: readonly BuiltFunction[]) =>
  functions.length > 4 ? `${functions.length} functions` : functions.map(({ folder }) => folder).join(', ');

/** An editor writes a file in several steps, and a change may be of several files. */
const quietMs = 300;

/** Deploys the stacks after each change of lib/, one deploy at a time. */
function watchStacks(endpointUrl: string, signal: AbortSignal): void {
  let timer: NodeJS.Timeout | undefined;
  let deploying: Promise<void> = Promise.resolve();
  watch(path.join(projectRoot, 'lib'), { recursive: true, signal }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      deploying = deploying.then(() => deploy(endpointUrl));
    }, quietMs);
  });
}

async function deploy(endpointUrl: string): Promise<void> {
  const startedAt = performance.now();
  print('lib/ changed: deploying');
  try {
    const changed = await synthesize({ stage: 'local', validate: false });
    await deployLocally({
      assembly: changed,
      endpointUrl,
      onProgress: ({ stack, finished, completed }) => {
        if (finished && completed > 0) print(`${stack}: ${completed} resources changed`);
      },
    });
    print(`deployed in ${seconds(startedAt)}`);
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
  }
}

process.exit(await exitCodeOf('dev', main, interrupted.signal));
