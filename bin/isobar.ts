import { Isobar } from '../lib/app.ts';
import { withBundles } from '../lib/bundle.ts';

// The CDK app, run by the CDK's command line and toolkit (see cdk.json). The stage is a context value: `cdk
// synth -c stage=dev`.
await withBundles(async (bundles) => {
  new Isobar({ bundles }).synth();
});
