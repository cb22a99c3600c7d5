import type { S3Client } from '@aws-sdk/client-s3';
import type { AlertCount } from './check-day.ts';

/** Puts counts into the lake as JSON lines, under the names that the job reads. */
export function openLake(bucket: string) {
  let client: S3Client | undefined;
  return async (key: string, counts: readonly AlertCount[]): Promise<string> => {
    const { PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
    client ??= new S3Client();
    const lines = counts.map(({ location, alertType, alerts }) =>
      JSON.stringify({ location, alert_type: alertType, alerts }),
    );
    const location = `s3://${bucket}/${key}`;
    try {
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: lines.join('\n') }));
    } catch (cause) {
      throw new Error(`Putting ${location} failed`, { cause });
    }
    return location;
  };
}
