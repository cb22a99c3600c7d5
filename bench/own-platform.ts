import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPlatform } from '../localstack/platform/platform.ts';
import { launch } from '../localstack/run/launch.ts';
import { shownLoad } from './load.ts';

/**
 * Starts a platform for one benchmark, in a temporary folder and on free loopback ports, with or without the
 * stacks. `remove` stops it and deletes the folder. On Ctrl-C the platform stops, and `failed` rejects.
 */
export async function openOwnPlatform(benchmark: string, { deployed }: { readonly deployed: boolean }) {
  const stateDir = mkdtempSync(path.join(tmpdir(), `bench-${benchmark}-`));
  const removeFolder = () => rmSync(stateDir, { recursive: true, force: true });
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interrupted.abort(new Error('interrupted')));
  console.log(`Load: ${shownLoad()}. Starting a platform`);
  const options = { stateDir, anyPorts: true, onEvent: () => undefined, signal: interrupted.signal };
  try {
    const { endpoints, failed, stop } = await (deployed ? launch(options) : startPlatform(options));
    return { stateDir, endpoints, failed, remove: () => stop().finally(removeFolder) };
  } catch (error) {
    removeFolder();
    throw error;
  }
}
