type Fields = { [name: string]: unknown };
export type Log = (level: 'debug' | 'info' | 'warn' | 'error', event: string, fields?: Fields) => void;

/**
 * Writes one JSON object per line. A line never holds the key or value of a record; topic, partition and
 * offset identify it.
 */
export function createLog(write: (line: string) => void, verbose: boolean): Log {
  return (level, event, fields = {}) => {
    if (level === 'debug' && !verbose) return;
    write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`);
  };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
