import { publishedTables } from '../shared/published-tables.ts';

/** The published result of a day. */
export interface Published {
  readonly revision: number;
  readonly runId: string;
}

/** The new place of the day's partition of a table, within the lake. */
export interface Partition {
  readonly table: string;
  readonly day: string;
  readonly prefix: string;
}

/** All ports act in one transaction. */
export interface Ports {
  /** Locks the day against other loads and publications, and returns the published result. */
  readonly lockDay: (day: string) => Promise<Published | undefined>;
  readonly movePartition: (partition: Partition) => Promise<void>;
  /** Records that the tables show the published result. */
  readonly recordMoved: (day: string) => Promise<void>;
}

/**
 * Points the day's partition of each table to the published run, whichever run asks.
 * So of two runs that publish a day at once, the last one leaves the tables with the published result.
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
  await ports.recordMoved(day);
  return published;
}
