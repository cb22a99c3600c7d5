import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppProps } from 'aws-cdk-lib';
import { Isobar } from '../../lib/app.ts';
import type { AppConfig } from '../../lib/app-config.ts';
import { functionsOf } from './synthesized.ts';

/** Builds the app on bundles that hold nothing, hands it to `use`, and removes the bundles. */
export function withApp<T>(config: AppConfig, use: (app: Isobar) => T, props: AppProps = {}): T {
  const folder = mkdtempSync(join(tmpdir(), 'isobar-stacks-'));
  try {
    const bundles = join(folder, 'bundles');
    for (const name of functionsOf()) {
      mkdirSync(join(bundles, name), { recursive: true });
      writeFileSync(join(bundles, name, 'index.js'), '');
    }
    return use(new Isobar({ config, bundles, outdir: join(folder, 'cdk.out'), ...props }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
