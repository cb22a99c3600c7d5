import type { Endpoints } from '../../localstack/endpoints.ts';
import { platformState } from '../../localstack/run/platform-state.ts';

/**
 * The endpoints of the local platform.
 * @throws Error when it is not running; the message says how to start it, and then `alternative`
 */
export function runningPlatform(alternative = ''): Endpoints {
  const state = platformState();
  if (state.name === 'running') return state.endpoints;
  const why =
    state.name === 'starting'
      ? `The local platform is starting (process ${state.pid}). Try again when \`npm run status\` shows that it is up.`
      : 'The local platform is not running. `npm start` starts it.';
  throw new Error(`${why} ${alternative}`.trimEnd());
}
