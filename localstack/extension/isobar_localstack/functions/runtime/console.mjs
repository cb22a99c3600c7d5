// console.* in the format of Lambda's Node.js runtime: tab-separated text, or JSON lines for log format JSON.
import util from 'node:util';
import { toLogText } from './errors.mjs';

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const METHODS = {
  trace: 'TRACE',
  debug: 'DEBUG',
  log: 'INFO',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
};

const isJson = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
let requestId;

export function setRequestId(id) {
  requestId = id;
}

export function patchConsole() {
  const lowest = Math.max(0, LEVELS.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase()));
  for (const [method, level] of Object.entries(METHODS)) {
    console[method] = LEVELS.indexOf(level) < lowest ? () => {} : (...params) => write(level, params);
  }
}

export function logError(title, error) {
  if (isJson) console.error(error instanceof Error ? error : new Error(error));
  else console.error(title, toLogText(error));
}

function write(level, params) {
  const timestamp = new Date().toISOString();
  const line = isJson
    ? toJsonLine(timestamp, level, params)
    : `${timestamp}\t${requestId}\t${level}\t${util.format(...params)}`;
  // A message is one log event, even with line breaks.
  process.stdout.write(`${line.replaceAll('\n', '\r')}\n`);
}

function toJsonLine(timestamp, level, params) {
  const line = { timestamp, level, requestId };
  if (params.length === 1) {
    try {
      return JSON.stringify({ ...line, message: params[0] }, expandError);
    } catch {
      return JSON.stringify({ ...line, message: util.format(params[0]) });
    }
  }
  const error = params.find((param) => param instanceof Error);
  return JSON.stringify({ ...line, message: util.format(...params), ...(error && summaryOf(error)) });
}

const expandError = (_key, value) => (value instanceof Error ? { ...summaryOf(value), ...value } : value);

function summaryOf(error) {
  return {
    errorType: error.constructor.name,
    errorMessage: error.message,
    stackTrace: error.stack?.split('\n') ?? [],
  };
}
