import type { GlueClient } from '@aws-sdk/client-glue';
import { publishedTables } from '../shared/published-tables.ts';

/** Reads from Glue's catalog which runs the day's partitions point at. */
export function openCatalog(DatabaseName: string) {
  let client: GlueClient | undefined;
  const locationOf = async (TableName: string, day: string): Promise<string> => {
    const { GetPartitionCommand, GlueClient } = await import('@aws-sdk/client-glue');
    client ??= new GlueClient();
    try {
      const asked = new GetPartitionCommand({ DatabaseName, TableName, PartitionValues: [day] });
      return (await client.send(asked)).Partition?.StorageDescriptor?.Location ?? '';
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'EntityNotFoundException') return '';
      throw new Error(`Reading the partition ${day} of ${TableName} failed`, { cause });
    }
  };
  return async (day: string): Promise<string[]> => {
    const locations = Object.keys(publishedTables).map((table) => locationOf(table, day));
    return (await Promise.all(locations)).flatMap((location) => /\/run=([^/]+)/.exec(location)?.[1] ?? []);
  };
}
