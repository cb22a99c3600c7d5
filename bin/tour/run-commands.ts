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
 * The commands of the page, with the places of this platform. In one pass, because a place may itself be
 * below /tmp.
 */
export function scriptOf(commands: string, { endpoints, stateDir, scratch }: Place): string {
  const places = new Map([
    ['http://127.0.0.1:4566', endpoints.awsEndpointUrl],
    ['isobar-local-lake-000000000000-us-east-1', endpoints.lakeBucket],
    ['./.isobar/', `${stateDir}/`],
    ['/tmp/', `${scratch}/`],
  ]);
  const onPage =
    /http:\/\/127\.0\.0\.1:4566|isobar-local-lake-000000000000-us-east-1|\.\/\.isobar\/|\/tmp\//g;
  return commands.replaceAll(onPage, (found) => places.get(found) ?? found);
}

/**
 * Runs the commands of a step, and returns what they print. The page has the addresses of a platform that
 * found its ports free; the commands get those of this one.
 * @throws Error when a command fails, or prints nothing of what is waited for within three minutes
 */
export async function runCommands({ name, commands, until }: Step, place: Place): Promise<string> {
  const { stateDir } = place;
  const script = scriptOf(commands, place);
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
