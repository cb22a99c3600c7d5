import { join } from 'node:path';
import { Isobar } from '../lib/app.ts';
import { bundleFunctions } from '../lib/bundle.ts';

// The CDK app, as the CDK's command line and toolkit run it (cdk.json): the stage is context, `cdk synth -c stage=dev`.
const bundles = join(import.meta.dirname, '../.isobar/bundles');

await bundleFunctions({ into: bundles });
new Isobar({ bundles }).synth();
