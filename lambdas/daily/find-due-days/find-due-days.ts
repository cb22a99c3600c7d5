export interface Limits {
  /** How many days before yesterday are looked at. */
  readonly correctedForDays: number;
  /** How many of them are run in one night; the others are left to the next. */
  readonly correctionsPerNight: number;
}

export interface Ports {
  /**
   * Days from one to another, both included, of which more rows have landed than were published, or whose tables lag behind what was
   * loaded; the oldest first.
   */
  readonly daysToCorrect: (from: string, to: string, limit: number) => Promise<string[]>;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * The days that a night is to run: yesterday whatever is known of it, then those before it that are not what they should be. The
 * oldest first: they are the next to be too old, and a day that is corrected makes room for another.
 */
export async function findDueDays(startedAtMs: number, limits: Limits, ports: Ports): Promise<string[]> {
  const daysAgo = (days: number) => new Date(startedAtMs - days * dayMs).toISOString().slice(0, 10);
  const { correctedForDays, correctionsPerNight } = limits;
  const late = await ports.daysToCorrect(daysAgo(1 + correctedForDays), daysAgo(2), correctionsPerNight);
  return [daysAgo(1), ...late];
}
