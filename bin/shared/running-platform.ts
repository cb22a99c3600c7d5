import path from 'node:path';
import { defaultStateDir, type Endpoints } from '../../localstack/endpoints.ts';
import { platformState } from '../../localstack/run/platform-state.ts';

/** The folder of the platform that commands use: by default that of `npm start`. Tests have others. */
export const stateDir = path.resolve(process.env.ISOBAR_STATE_DIR || defaultStateDir);

/**
 * The endpoints of the local platform.
 * @throws Error when it is not running; the message says how to start it, and then `alternative`
 */
export function runningPlatform(alternative = ''): Endpoints {
  const state = platformState(stateDir);
  if (state.name === 'running' && !state.endpoints.platformOnly) return state.endpoints;
  if (state.name === 'running')
    throw new Error(
      'The local platform runs without the stacks of Isobar (`--platform-only`), and this command needs them. `npm stop`, then `npm start` starts it with them.',
    );
  const why =
    state.name === 'starting'
      ? `The local platform is starting (process ${state.pid}). Try again when \`npm run status\` shows that it is up.`
      : 'The local platform is not running. `npm start` starts it.';
  throw new Error(`${why} ${alternative}`.trimEnd());
}
