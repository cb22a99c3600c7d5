import { Isobar } from '../../lib/app.ts';
import { withBundles } from '../../lib/bundle.ts';
import { stages } from '../../lib/config.ts';
import { bundleFailingWatchWeather } from './bundle.ts';
import { readRate } from './rate.ts';

// The CDK app of `--chaos RATE`: stage local, with a watch-weather in which a share of the records fails.
const rate = readRate(process.argv[2] ?? '');
await withBundles(async (bundles) => {
  await bundleFailingWatchWeather({ into: bundles, rate });
  new Isobar({ bundles, config: stages.local }).synth();
});
