/** Cuts a list into pieces of at most `size`, in order: SQS, S3 and Kafka limit what one request may hold. */
export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let from = 0; from < items.length; from += size) chunks.push(items.slice(from, from + size));
  return chunks;
}
