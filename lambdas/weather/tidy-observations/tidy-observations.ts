import { dateOf } from '../../shared/exactly-once/landed-objects.ts';
import { type Compacted, type Ports as CompactionPorts, compactDate } from './compact-date.ts';

export interface Ports extends CompactionPorts {
  /** Makes the partitions of the coming days in `recent_observations`, and drops those of old days. */
  readonly rollDays: () => Promise<void>;
}

export interface Request {
  /** Ingest dates, YYYY-MM-DD. Without them, today and the two days before. */
  readonly dates?: readonly string[] | undefined;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Keeps few objects in the lake, and the partitions of recent observations in Postgres. */
export async function tidyObservations({ dates }: Request, ports: Ports) {
  await ports.rollDays();
  const recent = [2, 1, 0].map((days) => dateOf(ports.now() - days * dayMs));
  const compacted: Record<string, Compacted> = {};
  for (const date of dates ?? recent) compacted[date] = await compactDate(date, ports);
  return compacted;
}

/** @throws Error for dates in another form */
export function readRequest(event: unknown): Request {
  if (typeof event !== 'object' || event === null || !('dates' in event)) return {};
  const { dates } = event;
  if (!Array.isArray(dates) || !dates.every((date) => /^\d{4}-\d\d-\d\d$/.test(date)))
    throw new Error(`found dates ${JSON.stringify(dates)}, expected a list such as ["2024-01-01"]`);
  return { dates };
}
