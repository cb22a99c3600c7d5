// The runtime's own errors, and the JSON of an error for the caller and for the log.
import { types } from 'node:util';

class RuntimeError extends Error {
  get name() {
    return `Runtime.${this.constructor.name}`;
  }
}

export class ImportModuleError extends RuntimeError {}
export class HandlerNotFound extends RuntimeError {}
export class MalformedHandlerName extends RuntimeError {}
export class UserCodeSyntaxError extends RuntimeError {}

export class CallbackHandlerDeprecated extends RuntimeError {
  constructor() {
    super(
      'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. ' +
        'You need to modify this function to use a supported handler signature to use Node.js 24 or later. ' +
        'For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html',
    );
  }
}

export class NodeJsExit extends RuntimeError {
  constructor() {
    super(
      'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise ' +
        'that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes',
    );
  }
}

export class UnhandledPromiseRejection extends RuntimeError {
  constructor(reason, promise) {
    super(reason);
    this.reason = reason;
    this.promise = promise;
  }
}

/** The payload for the caller of Invoke. */
export function toResponse(error) {
  if (types.isNativeError(error) || isErrorLike(error)) {
    return { errorType: error.name, errorMessage: error.message, trace: error.stack.split('\n') };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

/** The log text of an error, in text format. */
export function toLogText(error) {
  const wrapped = types.isNativeError(error) ? error : new Error(error);
  try {
    return `\t${JSON.stringify(wrapped, (_key, value) => withProperties(value))}`;
  } catch {
    return `\t${JSON.stringify(toResponse(wrapped))}`;
  }
}

function withProperties(value) {
  if (!(value instanceof Error)) return value;
  return {
    errorType: value.name,
    errorMessage: value.message,
    code: value.code,
    ...value,
    stack: value.stack?.split('\n'),
  };
}

function isErrorLike(value) {
  return ['name', 'message', 'stack'].every((key) => typeof value?.[key] === 'string' && value[key] !== '');
}
