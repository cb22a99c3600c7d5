import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build, stop } from 'esbuild';

/** A file of the page. */
export interface Asset {
  readonly type: string;
  readonly content: Buffer;
}

const folder = path.join(import.meta.dirname, 'page');
const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};

/** Bundles the page, and returns its files by path. */
export async function buildPage(): Promise<Map<string, Asset>> {
  const { outputFiles } = await build({
    entryPoints: { page: path.join(folder, 'main.tsx'), style: path.join(folder, 'style.css') },
    bundle: true,
    minify: true,
    write: false,
    outdir: '/',
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'silent',
  });
  await stop(); // else its process stays
  const html = { type: 'text/html; charset=utf-8', content: readFileSync(path.join(folder, 'page.html')) };
  const icon = { type: 'image/svg+xml', content: readFileSync(path.join(folder, 'icon.svg')) };
  return new Map([
    ['/', html],
    ['/icon.svg', icon],
    ...outputFiles.map(({ path: name, contents }): [string, Asset] => [
      `/${path.basename(name)}`,
      { type: types[path.extname(name)] ?? 'application/octet-stream', content: Buffer.from(contents) },
    ]),
  ]);
}
