// Finds out within seconds that a package registry cannot be reached. An installer would retry for minutes.
import { spawn } from 'node:child_process';

const answerWithinMs = 8_000;
/** The clients themselves need time to start: on a busy machine more than the registry needs to answer. */
const endWithinMs = 60_000;

/**
 * What the clients print when nothing answers. pip then only says that it does not find itself. Other
 * failures are left to the installation.
 */
const noAnswer =
  /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|network|timeout|Max retries|ConnectTimeout|NewConnection|NameResolution|ProxyError|No matching distribution/i;

const clients = {
  npm: (_programs, withinMs) => ({
    // The npm that runs this script, with its settings; plain `npm` when it was started without npm.
    program: process.env.npm_execpath ? process.execPath : 'npm',
    args: [
      ...(process.env.npm_execpath ? [process.env.npm_execpath] : []),
      // A package with a short list of versions.
      ...['view', 'uplot', 'version', '--fetch-retries=0', `--fetch-timeout=${withinMs}`, '--prefer-online'],
    ],
  }),
  pip: ({ python }, withinMs) => ({
    program: python,
    args: ['-m', 'pip', 'index', 'versions', 'pip', '--retries=0', `--timeout=${withinMs / 1000}`],
  }),
};

/**
 * A sentence when a registry that a step needs does not answer; undefined when all do. The package managers
 * themselves are asked, since they know their mirrors and proxies.
 */
export async function unreachableRegistries(steps, programs, withinMs = answerWithinMs) {
  const needed = [...new Set(steps.flatMap(({ registry }) => registry ?? []))];
  const reachable = await Promise.all(needed.map((name) => answers(clients[name](programs, withinMs))));
  const silent = needed.filter((_, place) => !reachable[place]);
  if (silent.length === 0) return undefined;
  return (
    `The package ${silent.length === 1 ? 'registry' : 'registries'} of ${silent.join(' and ')} cannot be reached. The set-up needs the internet ` +
    "or mirrors: behind a proxy set HTTPS_PROXY, for a mirror set npm's registry and pip's index-url. Then run the same command again."
  );
}

/** A client that does not end says nothing about its registry: the installation will show it. */
function answers({ program, args }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: process.env, stdio: ['ignore', 'ignore', 'pipe'] });
    let complaints = '';
    child.stderr.on('data', (chunk) => {
      complaints += chunk;
    });
    const timer = setTimeout(() => {
      child.kill();
      resolve(true);
    }, endWithinMs);
    child.on('error', () => resolve(true));
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code === 0 || !noAnswer.test(complaints));
    });
  });
}
