// Bundles the poller and its dependencies into dist/poller.mjs; `npm pack` runs this. A bundle is needed
// because Node.js strips no types below node_modules. It also starts sooner.
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build, type Plugin } from 'esbuild';

const here = import.meta.dirname;
const projectRoot = path.join(here, '../..');
const dist = path.join(here, 'dist');

/**
 * Replaces kafkajs's decoder of record batches at build time, as install-decoder.ts does at run time in the
 * source.
 */
const ourDecoder: Plugin = {
  name: 'our-decoder',
  setup({ onLoad }) {
    const ours = JSON.stringify(path.join(here, 'kafkajs-patches/record-batch-decoder.ts'));
    onLoad({ filter: /kafkajs\/src\/protocol\/recordBatch\/v0\/decoder\.js$/ }, () => ({
      contents: `module.exports = (decoder) => require(${ours}).decodeFetched(decoder)`,
    }));
    onLoad({ filter: /kafkajs-patches\/install-decoder\.ts$/ }, () => ({
      contents: 'export function installDecoder() {}',
    }));
  },
};

rmSync(dist, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: { poller: path.join(here, 'main.ts') },
  outdir: dist,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  // kafkajs is CommonJS and loads Node's modules by `require`.
  banner: {
    js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
  },
  absWorkingDir: projectRoot,
  plugins: [ourDecoder],
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});
copyFileSync(path.join(here, 'start.mjs'), path.join(dist, 'isobar-kafka-poller.mjs'));
copyFileSync(path.join(projectRoot, 'LICENSE'), path.join(dist, 'LICENSE'));
writeFileSync(path.join(dist, 'THIRD-PARTY-LICENSES.txt'), licensesOf(Object.keys(metafile.inputs)));

/** The licences of the bundled packages. They require that every copy carries them. */
function licensesOf(files: string[]): string {
  const packages = new Set(
    files.flatMap((file) => file.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/)?.[0] ?? []),
  );
  return [...packages]
    .toSorted()
    .map((folder) => {
      const dir = path.join(projectRoot, folder);
      const { name, version, license } = JSON.parse(readFileSync(path.join(dir, 'package.json'), 'utf8'));
      const file = readdirSync(dir).find((entry) => /^licen[cs]e/i.test(entry));
      const text = file ? readFileSync(path.join(dir, file), 'utf8').trim() : '';
      return `${name} ${version} (${license})\n\n${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}
