import { remember } from '../../shared/aws/remember.ts';
import type { Partition } from './publish-day.ts';

/** For one table. Both tables stay below the transaction's idle timeout, so no call outlives its lock. */
const deadlineMs = 10_000;

/** Moves partitions in Glue's catalog. A partition copies everything but its location from its table. */
export function openCatalog(lake: { readonly catalogDatabase: string; readonly lakeBucket: string }) {
  return async ({ table, day, prefix }: Partition): Promise<void> => {
    const { glue, CreatePartitionCommand, GetTableCommand, UpdatePartitionCommand } = await connection.get();
    const deadline = { abortSignal: AbortSignal.timeout(deadlineMs) };
    const place = { DatabaseName: lake.catalogDatabase, TableName: table };
    const Location = `s3://${lake.lakeBucket}/${prefix}`;
    try {
      const { Table } = await glue.send(
        new GetTableCommand({ DatabaseName: lake.catalogDatabase, Name: table }),
        deadline,
      );
      const StorageDescriptor = { ...Table?.StorageDescriptor, Location };
      const moved = { ...place, PartitionInput: { Values: [day], StorageDescriptor } };
      try {
        await glue.send(new UpdatePartitionCommand({ ...moved, PartitionValueList: [day] }), deadline);
      } catch (error) {
        if (!(error instanceof Error && error.name === 'EntityNotFoundException')) throw error;
        await glue.send(new CreatePartitionCommand(moved), deadline);
      }
    } catch (cause) {
      const attempted = `Moving partition ${day} of table ${table} to ${Location}`;
      throw new Error(`${attempted} failed: ${String(cause)}`, { cause });
    }
  };
}

const connection = remember(async () => {
  const { CreatePartitionCommand, GetTableCommand, GlueClient, UpdatePartitionCommand } = await import(
    '@aws-sdk/client-glue'
  );
  return { glue: new GlueClient(), CreatePartitionCommand, GetTableCommand, UpdatePartitionCommand };
});
