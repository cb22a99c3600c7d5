import { Isobar } from '../lib/app.ts';
import { withBundles } from '../lib/bundle.ts';

// The CDK app, as the CDK's command line and toolkit run it (cdk.json). The stage is context: `cdk synth -c stage=dev`.
await withBundles(async (bundles) => {
  new Isobar({ bundles }).synth();
});
