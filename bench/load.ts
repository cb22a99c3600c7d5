import { loadavg } from 'node:os';

/** The load of the machine over 1, 5 and 15 minutes. A figure without its load cannot be compared. */
export const shownLoad = (): string =>
  loadavg()
    .map((load) => load.toFixed(1))
    .join(', ');
