import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { rdsCaBundle, rdsCaFile } from './rds-root-cas.ts';

const projectRoot = join(import.meta.dirname, '..');
const lambdas = join(projectRoot, 'lambdas');

/** Bundles every function into a temporary directory, calls `use` with it, and removes it. */
export async function withBundles(use: (bundles: string) => Promise<void>): Promise<void> {
  const bundles = await mkdtemp(join(tmpdir(), 'isobar-bundles-'));
  try {
    await bundleFunctions({ into: bundles });
    await use(bundles);
  } finally {
    // The assembly holds its own copy.
    await rm(bundles, { recursive: true, force: true });
  }
}

/**
 * Bundles every function of lambdas/<pipeline>/ into `<into>/<folder>/index.js`, in one run of esbuild. The
 * certificates of RDS are beside those that connect to the database.
 */
export async function bundleFunctions({ into }: { readonly into: string }): Promise<void> {
  const { outputs } = await bundle(await functionEntryPoints(), { into });
  const connecting = Object.entries(outputs).filter(([, { inputs }]) => databaseClient in inputs);
  await Promise.all(
    connecting.map(([output]) => writeFile(join(projectRoot, dirname(output), rdsCaFile), rdsCaBundle)),
  );
}

const databaseClient = 'lambdas/shared/postgres/database.ts';

/** The source file of each function, by the path of its bundle without `.js`. */
export async function functionEntryPoints(sources = lambdas): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(sources, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter(({ name }) => name === 'handler.ts')
      .map(({ parentPath }) => [`${basename(parentPath)}/index`, join(parentPath, 'handler.ts')]),
  );
}

interface BundleOptions {
  readonly into: string;
  /** Values, as JavaScript, of names that the source only declares. */
  readonly constants?: Readonly<Record<string, string>>;
}

/**
 * @param entryPoints source file by the path of its bundle within `into`, without `.js`
 * @see docs/adr/0002-bundling.md
 */
export async function bundle(
  entryPoints: Readonly<Record<string, string>>,
  { into, constants = {} }: BundleOptions,
): Promise<Metafile> {
  const { metafile } = await build({ ...bundleOptions(entryPoints, { into, constants }), metafile: true });
  return metafile;
}

/** How functions are bundled. */
export const bundleOptions = (
  entryPoints: Readonly<Record<string, string>>,
  { into, constants = {} }: BundleOptions,
) =>
  ({
    entryPoints: { ...entryPoints },
    outdir: into,
    bundle: true,
    define: { ...constants },
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // Bundles contain paths relative to it: so the same source has the same asset hash on any machine.
    absWorkingDir: projectRoot,
    legalComments: 'none',
    logLevel: 'warning',
  }) satisfies BuildOptions;
