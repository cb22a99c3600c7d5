import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const lambdas = join(import.meta.dirname, '../lambdas');

/**
 * Bundles every function of lambdas/<pipeline>/ into `<into>/<folder>/index.js`, all in one run of esbuild.
 * @see docs/adr/0002-bundling.md
 */
export async function bundleFunctions({ into }: { readonly into: string }): Promise<void> {
  await build({
    entryPoints: Object.fromEntries((await handlers()).map(({ folder, path }) => [`${folder}/index`, path])),
    outdir: into,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    // The same source gives the same bytes wherever it is cloned, and so the same asset hash.
    absWorkingDir: join(lambdas, '..'),
    legalComments: 'none',
    logLevel: 'warning',
  });
}

async function handlers(): Promise<{ readonly folder: string; readonly path: string }[]> {
  const entries = await readdir(lambdas, { recursive: true, withFileTypes: true });
  return entries
    .filter(({ name }) => name === 'handler.ts')
    .map(({ parentPath }) => ({ folder: basename(parentPath), path: join(parentPath, 'handler.ts') }));
}
