import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { MSKEvent } from 'aws-lambda';

const s3 = new S3Client();

/** Stores the sum of each batch, under the offset of its first record. */
export async function handler({ records }: MSKEvent): Promise<void> {
  for (const [partition, batch] of Object.entries(records)) {
    const amounts = batch.map(({ value }) => JSON.parse(Buffer.from(value, 'base64').toString()).amount);
    const total = amounts.reduce((sum, amount) => sum + amount, 0);
    await s3.send(
      new PutObjectCommand({
        Bucket: process.env.BUCKET,
        Key: `${partition}/${batch[0]?.offset}.json`,
        Body: JSON.stringify({ orders: amounts.length, total }),
      }),
    );
  }
}
