import { publishedTables } from '../shared/published-tables.ts';

/** The result that counts. */
export interface Published {
  readonly revision: number;
  readonly runId: string;
}

/** Where the day's partition of a table is to lie, within the lake. */
export interface Partition {
  readonly table: string;
  readonly day: string;
  readonly prefix: string;
}

/** All within one transaction. */
export interface Ports {
  /** Waits for whoever loads or publishes the day, and returns what counts. */
  readonly lockDay: (day: string) => Promise<Published | undefined>;
  readonly movePartition: (partition: Partition) => Promise<void>;
  /** Notes that the tables show what counts. */
  readonly noteMoved: (day: string) => Promise<void>;
}

/**
 * Points the day's partition of each table at the run that counts, whichever run asks: of two that publish a day at once, the one that
 * comes last finds what the tables are to show in the end.
 */
export async function publishDay(day: string, ports: Ports): Promise<Published> {
  const published = await ports.lockDay(day);
  if (!published) throw new Error(`There is no result of ${day} to publish`);
  for (const [table, folder] of Object.entries(publishedTables))
    await ports.movePartition({
      table,
      day,
      prefix: `${folder}event_date=${day}/run=${published.runId}/`,
    });
  await ports.noteMoved(day);
  return published;
}
