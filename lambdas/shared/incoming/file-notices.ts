/** Word from S3 that an object was created. */
export interface FileNotice {
  readonly bucket: string;
  readonly key: string;
  readonly eTag: string;
}

/**
 * Reads the S3 notification in the body of an SQS message. The test message that S3 sends at set-up holds no records.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function readFileNotices(body: string): FileNotice[] {
  const notification: { Records?: unknown; Event?: unknown } = JSON.parse(body);
  if (notification.Event === 's3:TestEvent') return [];
  if (!Array.isArray(notification.Records)) throw new Error('The message is not a notification from S3');
  return notification.Records.map(({ s3: { bucket, object } }) => ({
    bucket: String(bucket.name),
    // Keys arrive as form data: percent-encoded, with + for a space.
    key: decodeURIComponent(String(object.key).replaceAll('+', ' ')),
    eTag: String(object.eTag ?? ''),
  }));
}
