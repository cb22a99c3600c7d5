import { configInContext, Isobar, WrongContext } from '../lib/app.ts';
import { withBundles } from '../lib/bundle.ts';

// The CDK app, run by the CDK's command line and toolkit (see cdk.json). The stage is a context value: `cdk
// synth -c stage=dev`.
try {
  const config = configInContext();
  await withBundles(async (bundles) => {
    new Isobar({ bundles, config }).synth();
  });
} catch (error) {
  if (!(error instanceof WrongContext)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
