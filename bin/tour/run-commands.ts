import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Endpoints } from '../../localstack/endpoints.ts';
import { projectRoot } from '../../localstack/setup/tools.mjs';
import { waitFor } from '../../localstack/wait-for.ts';
import type { Step } from './steps.ts';

/** Where a tour runs. */
export interface Place {
  readonly endpoints: Endpoints;
  /** The folder of the platform, which holds endpoints.json. */
  readonly stateDir: string;
  /** For the files that the commands write to /tmp. */
  readonly scratch: string;
}

const deadlineMs = 180_000;

/**
 * Runs the commands of a step, and returns what they print. The page has the addresses of a platform that
 * found its ports free; the commands get those of this one.
 * @throws Error when a command fails, or prints nothing of what is waited for within three minutes
 */
export async function runCommands({ name, commands, until }: Step, place: Place): Promise<string> {
  const { endpoints, stateDir, scratch } = place;
  const script = commands
    .replaceAll('http://127.0.0.1:4566', endpoints.awsEndpointUrl)
    .replaceAll('isobar-local-lake-000000000000-us-east-1', endpoints.lakeBucket)
    .replaceAll('./.isobar/', `${stateDir}/`)
    .replaceAll('/tmp/', `${scratch}/`);
  const run = async () => {
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: projectRoot,
      // Without the two lines that npm itself prints.
      env: { ...process.env, npm_config_loglevel: 'silent', ISOBAR_STATE_DIR: path.resolve(stateDir) },
    });
    return stdout.trimEnd();
  };
  if (until === undefined) return run();
  const wanted = async () => {
    const output = await run().catch(ifNothingFound);
    return until.test(output) && output;
  };
  return waitFor(`"${name}" to print ${until}`, wanted, { deadlineMs, everyMs: 2_000 });
}

/** `grep` ends with 1 when no line matches. */
function ifNothingFound(error: unknown): string {
  const { code, stderr } = Object(error) as { code?: unknown; stderr?: unknown };
  if (code === 1 && stderr === '') return '';
  throw error;
}
