import type { LogEntry, logLevel } from 'kafkajs';
import type { Log } from './log.ts';

/** kafkajs tells of every passing fault; what lasts comes back as an error and is logged where it is met. */
export const kafkaLogger =
  (log: Log) =>
  (_level: logLevel) =>
  ({ namespace, log: { message, error, groupId } }: LogEntry): void =>
    log('debug', 'kafkajs', { namespace, message, error, groupId });
