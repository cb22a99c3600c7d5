import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Isobar } from '../lib/app.ts';
import { bundleFunctions } from '../lib/bundle.ts';

// The CDK app, as the CDK's command line and toolkit run it (cdk.json). The stage is context: `cdk synth -c stage=dev`.
const bundles = await mkdtemp(join(tmpdir(), 'isobar-bundles-'));
try {
  await bundleFunctions({ into: bundles });
  new Isobar({ bundles }).synth();
} finally {
  // The assembly holds its own copy.
  await rm(bundles, { recursive: true, force: true });
}
