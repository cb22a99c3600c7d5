import { defaultStateDir, type Endpoints, readEndpoints } from '../endpoints.ts';
import { holderOf } from '../setup/process-lock.mjs';
import { startLock } from '../setup/tools.mjs';

export type PlatformState =
  | { readonly name: 'stopped' }
  /** `npm start` runs, but the stacks are not deployed yet. */
  | { readonly name: 'starting'; readonly pid: number; readonly sinceMs: number }
  | { readonly name: 'running'; readonly endpoints: Endpoints };

/** The state of the platform of `npm start`. */
export function platformState(stateDir = defaultStateDir, lock = startLock): PlatformState {
  const endpoints = readEndpoints(stateDir);
  // The lake exists once the stacks are deployed.
  if (endpoints && (endpoints.lakeBucket !== '' || endpoints.platformOnly))
    return { name: 'running', endpoints };
  const holder = holderOf(lock);
  return holder ? { name: 'starting', pid: holder.pid, sinceMs: holder.sinceMs } : { name: 'stopped' };
}
