export interface Limits {
  /** How many days before yesterday can be corrected. */
  readonly correctedForDays: number;
  /** How many of them one night runs; the following nights run the others. */
  readonly correctionsPerNight: number;
}

export interface Ports {
  /**
   * The days within these bounds (both included) of which more rows have landed than were published, or whose
   * tables lag behind the loaded result, and published days of any age up to `to` whose files have other
   * versions by now; the oldest first.
   */
  readonly daysToCorrect: (from: string, to: string, limit: number) => Promise<string[]>;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * The days that a night runs: always yesterday, then earlier days that need a correction, the oldest first.
 * The oldest are the next to become too old, and each corrected day makes room for another.
 */
export async function findDueDays(startedAtMs: number, limits: Limits, ports: Ports): Promise<string[]> {
  const daysAgo = (days: number) => new Date(startedAtMs - days * dayMs).toISOString().slice(0, 10);
  const { correctedForDays, correctionsPerNight } = limits;
  const late = await ports.daysToCorrect(daysAgo(1 + correctedForDays), daysAgo(2), correctionsPerNight);
  return [daysAgo(1), ...late];
}
