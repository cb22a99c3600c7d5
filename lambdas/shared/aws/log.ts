import { Logger } from '@aws-lambda-powertools/logger';

/** Writes JSON lines to stdout. POWERTOOLS_SERVICE_NAME and LOG_LEVEL set its service name and level. */
export const log = new Logger();

export type Log = Pick<Logger, 'info' | 'error'>;
