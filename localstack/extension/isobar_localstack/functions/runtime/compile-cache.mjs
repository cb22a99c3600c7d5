// What V8 has made of a function's code is kept for the next process: a bundle of a megabyte takes longer to compile than to run. On AWS
// an environment that starts has nothing to find, and so this is none of the function's business.
import { enableCompileCache, flushCompileCache } from 'node:module';
import path from 'node:path';

/** Among the modules that the set-up has made: nobody else may put code there. */
export function keepCompiledCode(runtimeModules) {
  if (runtimeModules) enableCompileCache(path.join(runtimeModules, '.compile-cache'));
}

let isKept = false;

/** Processes are killed, and do not come to write it at their end. The first invocation has loaded what a function loads late. */
export function writeCompiledCode() {
  if (isKept) return;
  isKept = true;
  setImmediate(flushCompileCache);
}
