import { Logger } from '@aws-lambda-powertools/logger';

/** JSON lines on stdout. Takes its service name and level from POWERTOOLS_SERVICE_NAME and LOG_LEVEL. */
export const log = new Logger();

export type Log = Pick<Logger, 'info' | 'error'>;
