import { type Endpoints, readEndpoints } from '../../localstack/endpoints.ts';

/**
 * The endpoints of the local platform.
 * @throws Error when it is not running; the message says how to start it, and then `alternative`
 */
export function runningPlatform(alternative = ''): Endpoints {
  const endpoints = readEndpoints();
  if (endpoints) return endpoints;
  throw new Error(`The local platform is not running. \`npm start\` starts it. ${alternative}`.trimEnd());
}
