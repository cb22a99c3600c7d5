type Fields = { [name: string]: unknown };
export type Log = (level: 'debug' | 'info' | 'warn' | 'error', event: string, fields?: Fields) => void;

/**
 * One JSON object a line. Fields never carry keys or values of records: topic, partition and offset find
 * those.
 */
export function createLog(write: (line: string) => void, verbose: boolean): Log {
  return (level, event, fields = {}) => {
    if (level === 'debug' && !verbose) return;
    write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`);
  };
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
