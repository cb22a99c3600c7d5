/** One field of all rows, in their order: `unnest` takes an array for each column. */
export const column = <T, K extends keyof T>(rows: readonly T[], name: K): T[K][] =>
  rows.map((row) => row[name]);
