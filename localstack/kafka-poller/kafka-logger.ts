import type { LogEntry, logLevel } from 'kafkajs';
import type { Log } from './log.ts';

/**
 * kafkajs logs every passing fault, so its log is for debugging. A lasting fault is thrown, and logged where
 * it is handled.
 */
export const kafkaLogger =
  (log: Log) =>
  (_level: logLevel) =>
  ({ namespace, log: { message, error, groupId } }: LogEntry): void =>
    log('debug', 'kafkajs', { namespace, message, error, groupId });
