const year10000Ms = Date.UTC(10_000, 0);

/** Reads an ISO 8601 time as Unix milliseconds; undefined outside the years 1970 to 9999 (Postgres). */
export function parseTimestamp(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const ms = Date.parse(value);
  return ms >= 0 && ms < year10000Ms ? ms : undefined;
}
