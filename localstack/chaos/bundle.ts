import { join } from 'node:path';
import { bundle } from '../../lib/bundle.ts';

/**
 * Replaces the bundle of watch-weather in the directory `into` by one in which this share of records fails.
 */
export const bundleFailingWatchWeather = ({ into, rate }: { readonly into: string; readonly rate: number }) =>
  bundle(
    { 'watch-weather/index': join(import.meta.dirname, 'watch-weather.ts') },
    { into, constants: { CHAOS_RATE: String(rate) } },
  );
