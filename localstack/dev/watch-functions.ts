import { watch } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import { bundleOptions, functionEntryPoints } from '../../lib/bundle.ts';

/** A function by the name of its folder, with the JavaScript that it should run. */
export interface BuiltFunction {
  readonly folder: string;
  readonly code: string;
}

export interface WatchProps {
  /** The folder of all functions, such as lambdas/. */
  readonly sources: string;
  /** The code that each function runs now, by its folder. */
  readonly running: ReadonlyMap<string, string>;
  /** Called after a build with the functions whose code is not what they run. */
  readonly onChanged: (functions: readonly BuiltFunction[]) => Promise<void>;
  /** Called when the source does not compile. esbuild has printed why. */
  readonly onBroken: () => void;
  readonly signal: AbortSignal;
}

/** An editor writes a file in several steps, and a change may be of several files. */
const quietMs = 50;

/**
 * Bundles every function, and after a change of a source file those that it reaches, until the signal aborts.
 * Changes that come during an update wait for its end.
 */
export async function watchFunctions(props: WatchProps): Promise<void> {
  const { sources, running, onChanged, onBroken, signal } = props;
  const code = new Map(running);
  /** The source files of each function. */
  const inputs = new Map<string, ReadonlySet<string>>();

  const update = async (isReached: (folder: string) => boolean) => {
    const all = Object.entries(await functionEntryPoints(sources));
    const entryPoints = all.filter(([bundle]) => isReached(folderOf(bundle)));
    const built = await buildFunctions(Object.fromEntries(entryPoints)).catch(() => undefined);
    if (!built) return onBroken();
    for (const { folder, files } of built) inputs.set(folder, files);
    const changed = built.filter((each) => code.get(each.folder) !== each.code);
    if (changed.length > 0) await onChanged(changed);
    for (const { folder, code: now } of changed) code.set(folder, now);
  };

  // It watches before the first build, so that no change is missed.
  const changes = changedFiles(sources, signal);
  await update(() => true);
  for await (const files of changes) {
    const isNew = files.some((file) => ![...inputs.values()].some((known) => known.has(file)));
    await update((folder) => isNew || files.some((file) => inputs.get(folder)?.has(file)));
  }
}

const folderOf = (bundle: string) => path.basename(path.dirname(bundle));

async function buildFunctions(entryPoints: Readonly<Record<string, string>>) {
  const options = bundleOptions(entryPoints, { into: 'unwritten' });
  const { outputFiles, metafile } = await build({ ...options, write: false, metafile: true });
  const filesOf = new Map(
    Object.entries(metafile.outputs).map(([output, { inputs }]) => [
      path.resolve(options.absWorkingDir, output),
      new Set(Object.keys(inputs).map((file) => path.resolve(options.absWorkingDir, file))),
    ]),
  );
  return outputFiles.map(({ path: output, text }) => ({
    folder: folderOf(output),
    code: text,
    files: filesOf.get(output) ?? new Set<string>(),
  }));
}

/** The files that changed, together when they change together. Ends when the signal aborts. */
async function* changedFiles(folder: string, signal: AbortSignal): AsyncGenerator<string[]> {
  const pending = new Set<string>();
  let wake = Promise.withResolvers<void>();
  const watching = (async () => {
    try {
      for await (const { filename } of watch(folder, { recursive: true, signal })) {
        if (filename !== null) pending.add(path.join(folder, filename));
        wake.resolve();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  })();
  const ended = watching.then(() => true);
  for (;;) {
    if (await Promise.race([wake.promise.then(() => false), ended])) return;
    wake = Promise.withResolvers();
    await delay(quietMs);
    const files = [...pending];
    pending.clear();
    if (files.length > 0) yield files;
  }
}
