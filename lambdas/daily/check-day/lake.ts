import { openBucket } from '../../shared/aws/bucket.ts';
import type { AlertCount, Ports } from './check-day.ts';

/** Puts the input of the Glue job into the lake as JSON lines, in its format, and returns the location. */
export function openLake(bucket: string): Pick<Ports, 'putAlertCounts' | 'putVersions'> {
  const { put, locationOf } = openBucket(bucket);
  const putLines = async (key: string, lines: readonly object[]): Promise<string> => {
    await put(key, lines.map((line) => JSON.stringify(line)).join('\n'));
    return locationOf(key);
  };
  return {
    putAlertCounts: (key, counts) => putLines(key, counts.map(wireCount)),
    putVersions: putLines,
  };
}

const wireCount = ({ location, alertType, alerts }: AlertCount) => ({
  location,
  alert_type: alertType,
  alerts,
});
