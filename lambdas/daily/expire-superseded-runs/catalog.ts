import { remember } from '../../shared/aws/remember.ts';
import { publishedTables } from '../shared/published-tables.ts';

/** Reads from Glue's catalog to which runs the partitions of a day point. */
export function openCatalog(DatabaseName: string) {
  const locationOf = async (TableName: string, day: string): Promise<string> => {
    const { glue, GetPartitionCommand } = await connection.get();
    try {
      const command = new GetPartitionCommand({ DatabaseName, TableName, PartitionValues: [day] });
      return (await glue.send(command)).Partition?.StorageDescriptor?.Location ?? '';
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'EntityNotFoundException') return '';
      throw new Error(`Reading partition ${day} of table ${TableName} failed`, { cause });
    }
  };
  return async (day: string): Promise<string[]> => {
    const locations = Object.keys(publishedTables).map((table) => locationOf(table, day));
    return (await Promise.all(locations)).flatMap((location) => /\/run=([^/]+)/.exec(location)?.[1] ?? []);
  };
}

const connection = remember(async () => {
  const { GetPartitionCommand, GlueClient } = await import('@aws-sdk/client-glue');
  return { glue: new GlueClient(), GetPartitionCommand };
});
