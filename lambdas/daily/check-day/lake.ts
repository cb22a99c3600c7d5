import { openBucket } from '../../shared/aws/bucket.ts';
import type { AlertCount } from './check-day.ts';

/** Puts alert counts into the lake as JSON lines, in the Glue job's format, and returns their location. */
export function openLake(bucket: string) {
  const { put, locationOf } = openBucket(bucket);
  return async (key: string, counts: readonly AlertCount[]): Promise<string> => {
    const lines = counts.map(({ location, alertType, alerts }) =>
      JSON.stringify({ location, alert_type: alertType, alerts }),
    );
    await put(key, lines.join('\n'));
    return locationOf(key);
  };
}
