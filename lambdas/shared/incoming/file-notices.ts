/** A notice from S3 that an object was created. */
export interface FileNotice {
  readonly bucket: string;
  readonly key: string;
  readonly eTag: string;
  /** When S3 took the file; undefined for a notice without a time. */
  readonly takenAtMs?: number;
}

/**
 * Reads the S3 notification in the body of an SQS message. The test message of S3 at set-up has no records.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function readFileNotices(body: string): FileNotice[] {
  const notification: { Records?: unknown; Event?: unknown } = JSON.parse(body);
  if (notification.Event === 's3:TestEvent') return [];
  if (!Array.isArray(notification.Records))
    throw new Error('Reading a file notice failed: the message is not a notification from S3');
  return notification.Records.map(({ eventTime, s3: { bucket, object } }) => ({
    bucket: String(bucket.name),
    // Keys are encoded like form data: with percent signs, and + for a space.
    key: decodeURIComponent(String(object.key).replaceAll('+', ' ')),
    eTag: String(object.eTag ?? ''),
    ...(Number.isNaN(Date.parse(eventTime)) ? {} : { takenAtMs: Date.parse(eventTime) }),
  }));
}
