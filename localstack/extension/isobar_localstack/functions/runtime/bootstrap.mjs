// The Node.js side of a function's process. It loads the handler once, then serves invocations one by one
// from the socket of LocalStack's executor. Behaviour and wording follow AWS's own runtime,
// https://github.com/aws/aws-lambda-nodejs-runtime-interface-client.
import { keepCompiledCode, writeCompiledCode } from './compile-cache.mjs';
import { logError, patchConsole, setRequestId } from './console.mjs';
import { toResponse, UnhandledPromiseRejection } from './errors.mjs';
import { connectFrames } from './frames.mjs';
import { routeToGateway } from './gateway-agent.mjs';
import { loadHandler } from './handler.mjs';
import { keepMemory, memoryUsedMb, returnMemory } from './idle-memory.mjs';
import { callHandler, contextOf } from './invocation.mjs';
import { provideRuntimeModules } from './runtime-modules.mjs';
import { readSharedEvent } from './shared-event.mjs';

const [runtimeModules, allocator, fd] = process.argv.splice(2, 3);
// The C library has read it. AWS does not set it, and programs that the function starts do not need it.
if (process.env.GLIBC_TUNABLES === allocator) delete process.env.GLIBC_TUNABLES;
patchConsole();
routeToGateway(process.env.AWS_ENDPOINT_URL);
provideRuntimeModules(runtimeModules);
keepCompiledCode(runtimeModules);

let handler;
const executor = connectFrames(Number(fd), { onFrame: serve, onClose: () => process.exit() });

process.on('uncaughtException', (error) => exitWith('Uncaught Exception', error, 129));
process.on('unhandledRejection', (reason, promise) =>
  exitWith('Unhandled Promise Rejection', new UnhandledPromiseRejection(reason, promise), 128),
);

try {
  handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
  executor.send({ kind: 'ready' });
} catch (error) {
  exitWith('Uncaught Exception', error, 129);
}

async function serve(header, payload) {
  keepMemory();
  setRequestId(header.requestId);
  process.env._X_AMZN_TRACE_ID = header.traceId;
  // The socket must not keep the event loop alive: a handler may end when the loop is empty.
  executor.unref();
  let kind = 'response';
  let body;
  let errorType;
  try {
    const event = header.event ? readSharedEvent(header.event) : payload;
    body = toJson(await callHandler(handler, JSON.parse(event), contextOf(header)));
  } catch (error) {
    logError('Invoke Error', error);
    const response = toResponse(error);
    kind = 'error';
    errorType = response.errorType;
    body = JSON.stringify(response);
  }
  executor.ref();
  const usedMb = memoryUsedMb();
  executor.send({ kind, errorType, memoryUsedMb: usedMb }, body);
  writeCompiledCode();
  returnMemory(usedMb);
}

function toJson(result) {
  try {
    return JSON.stringify(result) ?? 'null';
  } catch {
    throw new Error('Unable to stringify response body');
  }
}

function exitWith(title, error, exitCode) {
  logError(title, error);
  const response = toResponse(error);
  const header = { kind: 'error', final: true, errorType: response.errorType, memoryUsedMb: memoryUsedMb() };
  executor.send(header, JSON.stringify(response), () => process.exit(exitCode));
}
