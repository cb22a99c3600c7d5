// One call of the handler: its context, and the rules for its answer.
import { NodeJsExit } from './errors.mjs';

/** Since Node.js 24, Lambda runs async handlers only. */
export function supportsCallbacks() {
  const major = Number(/nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV)?.[1]);
  return major < 24;
}

let onEmptyEventLoop = () => {};
process.on('beforeExit', () => onEmptyEventLoop());

export function contextOf({ requestId, functionArn, deadlineMs }) {
  return {
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: functionArn,
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadlineMs - Date.now())),
  };
}

export function callHandler(handler, event, context) {
  return supportsCallbacks() ? callWithCallback(handler, event, context) : callAsync(handler, event, context);
}

function callAsync(handler, event, context) {
  return new Promise((resolve, reject) => {
    onEmptyEventLoop = () => reject(new NodeJsExit());
    Promise.try(handler, event, context).then(resolve, reject);
  });
}

function callWithCallback(handler, event, context) {
  return new Promise((resolve, reject) => {
    const done = (error, result) => (error === undefined || error === null ? resolve(result) : reject(error));
    const callback = (error, result) => {
      if (context.callbackWaitsForEmptyEventLoop && (error === undefined || error === null)) {
        onEmptyEventLoop = () => resolve(result);
      } else {
        done(error, result);
      }
    };
    Object.assign(context, {
      callbackWaitsForEmptyEventLoop: true,
      done,
      succeed: resolve,
      fail: (error) => reject(error ?? 'handled'),
    });
    const isAsync = handler.constructor.name === 'AsyncFunction';
    onEmptyEventLoop = () => (isAsync ? reject(new NodeJsExit()) : resolve(null));
    const returned = handler(event, context, callback);
    if (typeof returned?.then === 'function') returned.then(resolve, reject);
  });
}
