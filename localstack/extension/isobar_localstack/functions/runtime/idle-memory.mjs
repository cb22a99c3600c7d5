// Gives the memory of an invocation back while a function waits. V8 collects when a heap grows, and a waiting
// heap does not: the garbage of the last invocation would stay, 10 to 40 MB in each process.
import v8 from 'node:v8';
import vm from 'node:vm';

const idleMs = 250;
const worthMb = 8;

let gc;
let keptMb = 0;
let timer;

/** Called when an invocation begins. */
export function keepMemory() {
  clearTimeout(timer);
}

/** Called when an invocation has ended, with what the process has by now. */
export function returnMemory(usedMb) {
  if (usedMb < keptMb + worthMb) return;
  timer = setTimeout(() => {
    gc ??= withoutExposingIt();
    gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    keptMb = memoryUsedMb();
  }, idleMs);
  timer.unref();
}

/** The option of the command line would give the function a gc() that it does not have on AWS. */
function withoutExposingIt() {
  v8.setFlagsFromString('--expose-gc');
  const found = vm.runInNewContext('gc');
  v8.setFlagsFromString('--no-expose-gc');
  return found;
}

export const memoryUsedMb = () => Math.round(process.memoryUsage.rss() / 2 ** 20);
