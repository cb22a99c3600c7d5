// Keeps V8's compiled code of a function for its next process: a bundle of a megabyte takes longer to compile
// than to run. AWS has no such cache, so functions must not notice it.
import { enableCompileCache, flushCompileCache } from 'node:module';
import path from 'node:path';

/** The cache is beside the modules of the set-up, where no other user may write code. */
export function keepCompiledCode(runtimeModules) {
  if (runtimeModules) enableCompileCache(path.join(runtimeModules, '.compile-cache'));
}

let isKept = false;

/**
 * Called after the first invocation, which loads lazy imports. Processes are killed, so they cannot write at
 * exit.
 */
export function writeCompiledCode() {
  if (isKept) return;
  isKept = true;
  setImmediate(flushCompileCache);
}
