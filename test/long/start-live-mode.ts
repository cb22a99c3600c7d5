import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readEndpoints } from '../../localstack/endpoints.ts';
import { stopPlatform } from '../../localstack/platform/platform.ts';
import { waitFor } from '../../localstack/wait-for.ts';

export interface LiveMode {
  readonly stateDir: string;
  readonly launcher: ChildProcess;
  readonly stop: () => Promise<void>;
}

/** Runs the live mode of `npm start` on a platform of its own, and waits until that is deployed. */
export async function startLiveMode(driftAfterMs?: number): Promise<LiveMode> {
  const stateDir = mkdtempSync(path.join(tmpdir(), 'isobar-live-'));
  const args = [
    '--disable-warning=TimeoutNegativeWarning',
    '--max-semi-space-size=4',
    path.join(import.meta.dirname, 'live-mode.ts'),
    stateDir,
    ...(driftAfterMs === undefined ? [] : [String(driftAfterMs)]),
  ];
  const launcher = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const stop = async () => {
    launcher.kill('SIGKILL');
    await stopPlatform(stateDir);
    rmSync(stateDir, { recursive: true, force: true });
  };
  try {
    const isUp = () => Boolean(readEndpoints(stateDir)?.lakeBucket);
    await waitFor('the platform to be deployed', isUp, { deadlineMs: 600_000, everyMs: 500 });
    return { stateDir, launcher, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
